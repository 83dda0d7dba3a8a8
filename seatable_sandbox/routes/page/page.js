"use strict";
const SIZE = 50;
const state = { base: null, table: null, view: "", page: 1, total: 0, shown: "", counts: {}, seen: null,
                since: 0, calls: 0, token: null };
const $ = id => document.getElementById(id);

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined && text !== null) made.textContent = text;
  if (className) made.className = className;
  return made;
}

async function get(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

// Changes of a person. A refusal is shown until the next change that succeeds.
async function send(method, body) {
  const answer = await fetch(`/sandbox/rows/${state.base}/${state.table}`, {
    method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" },
  }).catch(() => null);
  const told = answer ? await answer.json().catch(() => ({})) : { error_msg: "The sandbox does not answer." };
  const failed = !answer || !answer.ok;
  $("note").hidden = !failed;
  $("note").textContent = failed ? told.error_message || told.error_msg || `Status ${answer.status}` : "";
  refresh();
  return failed ? null : told;
}

function choose(base, table) {
  Object.assign(state, { base: base.uuid, table: table.id, view: "", page: 1, seen: null });
  location.hash = `${base.uuid}/${table.id}`;
  refresh();
}

function showBases(found) {
  $("about").textContent = `${found.profile} · ${found.zone} · ${found.calls} calls`;
  const list = $("bases");
  list.replaceChildren();
  for (const base of found.bases) {
    list.append(element("h2", base.name));
    for (const table of base.tables) {
      const key = base.uuid + table.id, button = element("button");
      const grew = key in state.counts && state.counts[key] !== table.rows;
      button.append(element("span", table.name),
                    element("span", table.rows.toLocaleString(), grew ? "grew" : "quiet"));
      state.counts[key] = table.rows;
      const chosen = state.base === base.uuid && state.table === table.id;
      if (chosen) showTools(base, table);
      button.setAttribute("aria-current", chosen);
      button.onclick = () => choose(base, table);
      list.append(button);
    }
  }
  if (!found.bases.length) list.append(element("p", "No base yet.", "quiet"));
}

function showTools(base, table) {
  state.token = base.api_token;
  $("tools").hidden = false;
  $("copy").disabled = !base.api_token;
  const views = $("view"), known = JSON.stringify(table.views);
  if (views.dataset.known !== base.uuid + table.id + known) {
    views.dataset.known = base.uuid + table.id + known;
    views.replaceChildren(...[{ id: "", name: "All rows" }, ...table.views].map(view => {
      const option = element("option", view.name);
      option.value = view.id;
      return option;
    }));
    if (!table.views.some(view => view.id === state.view)) state.view = "";
    views.value = state.view;
  }
}

// What a person edits: the answered value as a text.
function typed(value, column) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value) && value.every(one => typeof one === "string")) return value.join(", ");
  if (typeof value === "object") return JSON.stringify(value);
  if (column.type === "date")
    return String(value).replace(/([+-]\d\d:\d\d|Z)$/, "").replace("T", " ").replace(/ 00:00:00$/, "");
  return String(value);
}

function edit(box, row, column) {
  if (column.type === "checkbox") {
    send("PUT", { row_id: row._id, column: column.name, text: row[column.name] ? "no" : "yes" });
    return;
  }
  const input = element("input"), before = typed(row[column.name], column);
  let open = true;
  const close = save => {
    if (!open) return;
    open = false;
    state.shown = "";
    box.replaceChildren();
    if (save && input.value !== before)
      send("PUT", { row_id: row._id, column: column.name, text: input.value });
    else refresh();
  };
  input.value = before;
  input.setAttribute("aria-label", column.name);
  input.onkeydown = event => {
    event.stopPropagation();
    if (event.key === "Enter") close(true);
    if (event.key === "Escape") close(false);
  };
  input.onblur = () => close(true);
  box.replaceChildren(input);
  input.focus();
}

function rowHead(row, number) {
  const made = element("td", null, "row"), remove = element("button", "✕");
  remove.setAttribute("aria-label", `Delete row ${number}`);
  remove.onclick = () => send("DELETE", { row_id: row._id });
  made.append(remove, element("span", number));
  return made;
}

function cell(value, column, shown) {
  const numeric = ["number", "rate", "duration"].includes(column.type) || typeof value === "number";
  const made = element("td", null, numeric ? "number" : "");
  if (value === null || value === undefined) return made;
  const parts = Array.isArray(value) ? value : [value];
  if (shown !== undefined && $("formatted").checked) {
    made.textContent = shown;
  } else if (column.type.endsWith("select") && column.type !== "department-single-select") {
    for (const name of parts) {
      const tag = element("span", name, "tag");
      tag.style.background = column.colors[name] || "";
      made.append(tag);
    }
  } else if (column.type === "link" || column.type === "file" || Array.isArray(value)) {
    for (const one of parts) {
      const label = one && typeof one === "object" ? one.display_value ?? one.name ?? JSON.stringify(one)
                                                   : String(one).split("/").pop();
      made.append(element("span", label, "link"));
    }
  } else if (column.type === "checkbox" || typeof value === "boolean") {
    made.textContent = value ? "✓" : "";
  } else {
    made.textContent = typeof value === "object" ? JSON.stringify(value) : value;
  }
  made.title = made.textContent;
  return made;
}

function showRows(found) {
  const table = element("table"), head = element("tr");
  head.append(element("th", "#"));
  for (const column of found.columns) {
    const title = element("th", column.name);
    title.append(element("small", column.type));
    head.append(title);
  }
  const top = element("thead"), body = element("tbody"), known = new Map();
  top.append(head);
  found.rows.forEach((row, index) => {
    const line = element("tr"), mark = JSON.stringify(row);
    known.set(row._id, mark);
    if (state.seen && state.seen.get(row._id) !== mark) line.className = "fresh";
    line.append(rowHead(row, found.start + index + 1));
    for (const column of found.columns) {
      const box = cell(row[column.name], column, found.display[index][column.name]);
      if (column.editable) {
        box.classList.add("editable");
        box.tabIndex = 0;
        box.onclick = event => { if (event.target.tagName !== "INPUT") edit(box, row, column); };
        box.onkeydown = event => { if (event.key === "Enter" && event.target === box) edit(box, row, column); };
      }
      line.append(box);
    }
    body.append(line);
  });
  state.seen = known;
  state.total = found.total;
  table.append(top, body);
  const grid = $("grid"), at = [grid.scrollLeft, grid.scrollTop];
  grid.replaceChildren(found.rows.length ? table : element("p", "This table has no rows here yet.", "empty"));
  [grid.scrollLeft, grid.scrollTop] = at;
  const pages = Math.max(1, Math.ceil(state.total / SIZE));
  $("pager").hidden = false;
  $("where").textContent = `Page ${state.page} of ${pages} · ${state.total.toLocaleString()} rows`;
  $("back").disabled = state.page <= 1;
  $("next").disabled = state.page >= pages;
}

// A table that has gone, by a reset for one, is no longer shown.
function leave() {
  if (state.shown) $("grid").replaceChildren(element("p", "Choose a table.", "empty"));
  state.shown = "";
  $("tools").hidden = $("pager").hidden = true;
}

async function showCalls(total) {
  if (total < state.since) state.since = 0;  // the sandbox has started anew
  const log = $("log");
  if (log.hidden || log.dataset.known === `${state.since} ${total}`) return;
  const found = await get(`/sandbox/calls?since=${state.since}`);
  // More calls may have come since the total was read; what is shown counts.
  state.calls = found.total;
  log.dataset.known = `${state.since} ${found.total}`;
  const counted = `${found.total - state.since} calls`;
  $("counted").textContent = found.first > state.since ? `${counted}, the newest ${found.calls.length}` : counted;
  const list = $("list");
  list.start = found.first - state.since + 1;
  list.replaceChildren(...found.calls.map(call => {
    const text = `${call.method} ${call.path} ${call.status || "no answer"}`;
    return element("li", text, call.status >= 400 || !call.status ? "failed" : "");
  }));
  log.scrollTop = log.scrollHeight;
}

async function copy() {
  const lines = ["TAP", "TARGET"].flatMap(side => [
    `export ${side}_SEATABLE_SERVER_URL=${location.origin}`,
    `export ${side}_SEATABLE_API_TOKEN=${state.token}`,
  ]).join("\n") + "\n";
  try {
    await navigator.clipboard.writeText(lines);
  } catch (error) {  // the browser asks, or the address is not this machine's
    const area = element("textarea", lines);
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  $("copy").textContent = "Copied";
  setTimeout(() => { $("copy").textContent = "Copy export lines"; }, 1500);
}

async function add() {
  $("view").value = state.view = "";
  const made = await send("POST", {});
  if (made) state.page = Math.max(1, Math.ceil((state.total + 1) / SIZE));
  refresh();
}

let latest = 0;

async function refresh() {
  // An answer that arrives after a later question is stale.
  const mine = ++latest;
  try {
    const found = await get("/sandbox/bases");
    if (mine !== latest) return;
    showBases(found);
    const base = found.bases.find(one => one.uuid === state.base);
    const table = base && base.tables.find(one => one.id === state.table);
    const place = `${state.base}/${state.table}?page=${state.page}&size=${SIZE}&view=${state.view}`;
    const mark = table && `${place} ${base.version} ${table.rows}`;
    await showCalls(found.calls);
    if (mine !== latest) return;
    if (!table) leave();
    if (table && state.shown !== mark && !document.querySelector("#grid input")) {
      const rows = await get(`/sandbox/rows/${place}`);
      if (mine !== latest || document.querySelector("#grid input")) return;
      state.shown = mark;
      showRows(rows);
    }
    $("live").className = "quiet";
  } catch (error) {
    $("live").className = "quiet off";
  }
}

$("back").onclick = () => { state.page -= 1; state.seen = null; refresh(); };
$("next").onclick = () => { state.page += 1; state.seen = null; refresh(); };
$("add").onclick = add;
$("copy").onclick = copy;
$("view").onchange = () => { Object.assign(state, { view: $("view").value, page: 1, seen: null }); refresh(); };
$("formatted").onchange = () => { state.shown = ""; refresh(); };
$("clear").onclick = () => { state.since = state.calls; refresh(); };
$("calls").onclick = () => {
  $("log").hidden = !$("log").hidden;
  $("calls").setAttribute("aria-expanded", !$("log").hidden);
  refresh();
};
[state.base, state.table] = location.hash.slice(1).split("/");
refresh();
setInterval(refresh, 1500);
