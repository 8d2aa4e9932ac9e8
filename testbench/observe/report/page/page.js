// What every page needs: elements, numbers with units, tables and charts.
'use strict';

const main = document.querySelector('main');

// element('p', {class: 'x'}, child, 'text', …)
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter(child => child !== undefined && child !== null));
  return made;
}

// A section with a heading, reachable from the top of the page.
function section(title, ...children) {
  const id = title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  document.querySelector('nav').append(element('a', {href: '#' + id}, title), ' ');
  const made = element('section', {id}, element('h2', {}, title), ...children);
  main.append(made);
  return made;
}

const kTimes = [['ps', 1], ['ns', 1e3], ['µs', 1e6], ['ms', 1e9], ['s', 1e12]];
// The unit in which the largest of these durations reads well.
function timeUnit(largest_ps) {
  return kTimes.filter(([, ps]) => ps <= Math.max(largest_ps, 1)).at(-1);
}
function significant(value) {
  if (!Number.isFinite(value)) return '–';
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString('en');
  return Number(value.toPrecision(4)).toLocaleString('en', {maximumSignificantDigits: 4});
}
function timeText(ps) {
  const [unit, scale] = timeUnit(Math.abs(ps));
  return `${significant(Number((ps / scale).toPrecision(3)))} ${unit}`;
}
function sizeText(bytes) {
  const [unit, scale] = [['GB', 2 ** 30], ['MB', 2 ** 20], ['KB', 1024], ['B', 1]].find(([, s]) => bytes >= s && bytes % s === 0) ?? ['B', 1];
  return `${significant(bytes / scale)} ${unit}`;
}

// How values of a unit are shown: a title for an axis, a divisor, and text for a cell.
function scaleOf(unit, values) {
  if (unit === 'ps') {
    const [name, divisor] = timeUnit(Math.max(0, ...values.filter(Number.isFinite)));
    return {name, divisor, text: timeText};
  }
  return {name: unit, divisor: 1, text: unit === 'bytes' ? sizeText : significant};
}
// "latency.dma.mean_ps" in µs is "latency.dma.mean [µs]".
const titled = (name, unit) => unit ? `${name.replace(/_ps$/, '')} [${unit}]` : name;

// A mark for what rests on durations that no published figure backs.
function mark(uncalibrated) {
  return uncalibrated ? element('span', {class: 'uncalibrated', title: 'rests on durations or rates without a published source; see Sources'}, 'uncalibrated') : undefined;
}

// columns: {name, unit, help, number, whole: not broken over lines}; rows: arrays of a value, a text or an element.
function table(columns, rows) {
  const cell = (column, value) => {
    const text = value instanceof Node ? value
      : typeof value === 'number' ? (column.unit ? scaleOf(column.unit, [value]).text(value) : significant(value)) : String(value ?? '–');
    return element('td', {class: typeof value === 'number' || column.number ? 'number' : column.whole ? 'whole' : undefined}, text);
  };
  return element('div', {class: 'wide'}, element('table', {},
    element('thead', {}, element('tr', {}, ...columns.map((column, i) =>
      element('th', {title: column.help, class: column.number || rows.some(row => typeof row[i] === 'number') ? 'number' : undefined}, column.name)))),
    element('tbody', {}, ...rows.map(row => element('tr', {}, ...row.map((value, i) => cell(columns[i], value)))))));
}

const kColours = ['#2f6fb7', '#d9822b', '#3a9a5b', '#8e5bb5', '#c0392b', '#16889a', '#9a7d0a', '#6b7280', '#d45d9a', '#4b8b3b'];
const colour = i => kColours[i % kColours.length];
const charts = [];

// Adds a chart of `height` pixels to `place`. Axes without a title would hide their unit, so each has one.
function chart(place, height, type, content, options) {
  const canvas = element('canvas', {role: 'img', 'aria-label': options.label});
  place.append(element('div', {class: 'chart', style: `height:${height}px`}, canvas));
  for (const [name, axis] of Object.entries(options.scales ?? {}))
    if (!axis.title?.text) throw new Error(`axis ${name} of "${options.label}" has no title`);
    else axis.title.display = true;
  const made = new Chart(canvas, {type, data: content, options: {
    animation: false, responsive: true, maintainAspectRatio: false, devicePixelRatio: Math.max(2, window.devicePixelRatio || 1),
    indexAxis: options.indexAxis, parsing: options.parsing, scales: options.scales, onClick: options.onClick,
    plugins: {legend: {display: options.legend ?? true, position: 'top', labels: {boxWidth: 12, filter: item => item.text !== ''}},
              title: {display: Boolean(options.title), text: options.title}, tooltip: {callbacks: options.tooltip ?? {}}}}});
  charts.push(made);
  return made;
}
const axis = (text, more = {}) => ({title: {text}, ...more});

// Paper has another width than the window, and shows what is folded up.
window.addEventListener('beforeprint', () => {
  for (const fold of document.querySelectorAll('details')) fold.open = true;
  for (const drawn of charts) drawn.resize();
});
window.addEventListener('afterprint', () => charts.forEach(drawn => drawn.resize()));

// Rows of buttons of which one is pressed; `choose(i)` draws what it stands for.
function chooser(names, choose) {
  const buttons = names.map((name, i) => element('button', {type: 'button', 'aria-pressed': 'false', onclick: () => press(i)}, name));
  const press = chosen => {
    buttons.forEach((button, i) => button.setAttribute('aria-pressed', String(i === chosen)));
    choose(chosen);
  };
  return {element: element('div', {class: 'bars'}, ...buttons), press};
}
