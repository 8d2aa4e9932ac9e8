// Draws the page that the data is for, and says when it is complete.
'use strict';

function start() {
  const pages = {run: drawRun, sweep: drawSweep, comparison: drawComparison};
  try {
    const data = JSON.parse(document.getElementById('data').textContent);
    pages[data.kind](data);
    document.body.dataset.complete = 'true';
  } catch (error) {
    main.prepend(element('pre', {class: 'bad', id: 'error'}, `This page could not be drawn: ${error.stack ?? error}`));
  }
}
