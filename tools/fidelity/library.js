// Runs SeaTable's own conversion library on questions.
//
//     node library.js FOLDER < question.json > answer.json
//
// FOLDER is where npm has installed the library. A question has a `task`, the time `now` in
// milliseconds that the library is to believe in, and what the task needs; see the functions below.
// Whatever the library throws is an answer, too: {"error": message}.
'use strict';

const { createRequire } = require('module');
const path = require('path');

const question = JSON.parse(require('fs').readFileSync(0, 'utf8'));

const RealDate = Date;
global.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length) super(...parts);
    else super(question.now);
  }

  static now() {
    return question.now;
  }
};

// The ids of new options are random: the same ones in every run.
let seed = 1;
Math.random = () => {
  seed = (seed * 48271) % 2147483647;
  return seed / 2147483647;
};

const library = createRequire(path.join(process.argv[2], 'x'))('dtable-utils');

const attempt = (work) => {
  try {
    const value = work();
    return { value: value === undefined ? null : value };
  } catch (error) {
    return { error: error.message };
  }
};

const TASKS = {
  // values: [[column name, written value], ...]. Answers cells by column keys, and the table as
  // it is afterwards, with the options that came into being.
  write: ({ table, values }) => ({
    answers: values.map(([name, value]) =>
      attempt(() => library.convertRowBack({ [name]: value }, table))),
    table,
  }),

  // rows: as the server keeps them; results: of formulas, by row id and column key.
  read: ({ table, rows, results }) => ({
    answers: rows.map((row) => attempt(() =>
      library.convertRow(row, { links: [] }, table, null, results || {}, true))),
  }),

  // filters: [[conjunction, rules], ...]. Answers ids of rows.
  filter: ({ table, rows, results, username, filters }) => ({
    answers: filters.map(([conjunction, rules]) => attempt(() =>
      library.getFilteredRowsWithoutFormulaCalculation(conjunction, rules, rows, table, {
        formulaRows: results,
        username,
        userId: '',
        userDepartmentIdsMap: {},
      }))),
  }),
};

process.stdout.write(JSON.stringify(TASKS[question.task](question)));
