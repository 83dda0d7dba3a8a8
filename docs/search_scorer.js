// The order of what a search finds: headings that have the searched words before all else.
var Scorer = {
  score: ([, , , , score, , kind]) => score + (kind === "title" ? 100 : 0),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: {},
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
