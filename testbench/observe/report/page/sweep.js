// The page of a sweep: each plot with its spread over seeds and its law, and what all points have in common.
'use strict';

// Points with the spread over seeds as bars behind them; a law as a line without points.
function drawPlot(place, plot) {
  const points = plot.series.flatMap(s => s.points);
  const numeric = points.every(p => p.x !== undefined);
  const xs = scaleOf(plot.x_unit, points.map(p => p.x)), ys = scaleOf(plot.y_unit, points.map(p => p.high));
  const labels = [...new Set(points.map(p => p.label))];
  const x = p => numeric ? p.x / xs.divisor : p.label;
  const sets = [];
  plot.series.forEach((series, i) => {
    sets.push({type: 'line', label: series.name || plot.y, data: series.points.map(p => ({x: x(p), y: p.mean / ys.divisor, point: p})),
      borderColor: colour(i), backgroundColor: colour(i), pointRadius: 4, borderWidth: plot.law ? 0 : 1.5, showLine: !plot.law, order: 1});
    if (series.law.length)
      sets.push({type: 'line', label: `law${series.name ? ', ' + series.name : ''}`, data: series.law.map(([at, value]) => ({x: at / xs.divisor, y: value / ys.divisor})),
        borderColor: colour(i), borderWidth: 1.5, borderDash: [6, 3], pointRadius: 0, pointHitRadius: 0, order: 2});
    if (series.points.some(p => p.published !== undefined))
      sets.push({type: 'line', label: `published${series.name ? ', ' + series.name : ''}`, data: series.points.filter(p => p.published !== undefined)
        .map(p => ({x: x(p), y: p.published / ys.divisor})), borderColor: colour(i), backgroundColor: 'transparent', pointStyle: 'rectRot', pointRadius: 7,
        showLine: false, order: 0});
    if (series.points.some(p => p.high > p.low))
      for (const p of series.points.filter(p => p.high > p.low))
        sets.push({type: 'line', label: '', data: [{x: x(p), y: p.low / ys.divisor}, {x: x(p), y: p.high / ys.divisor}], borderColor: colour(i), borderWidth: 2,
          pointRadius: 3, pointStyle: 'line', order: 3});
  });
  chart(place, 380, 'line', {labels: numeric ? undefined : labels, datasets: sets}, {
    label: plot.title, title: plot.title,
    scales: {
      x: axis(titled(plot.x, xs.name), numeric ? {type: plot.log_x ? 'logarithmic' : 'linear'} : {type: 'category'}),
      y: axis(titled(plot.y, ys.name), {type: plot.log_y ? 'logarithmic' : 'linear', beginAtZero: !plot.log_y})},
    tooltip: {label: item => {
      const p = item.raw.point;
      if (!p) return `${item.dataset.label}: ${ys.text(item.raw.y * ys.divisor)}`;
      const spread = p.seeds > 1 ? ` (${ys.text(p.low)} to ${ys.text(p.high)} over ${p.seeds} seeds)` : '';
      return `${item.dataset.label}: ${ys.text(p.mean)}${spread}${p.law === undefined ? '' : `, law ${ys.text(p.law)}`}`;
    }},
  });
}

// Whether the worst deviation is within what is permitted.
function limit(worst, permitted) {
  const within = worst <= permitted;
  return permitted === undefined ? '' : element('span', {class: within ? 'good' : 'bad'}, ` (${within ? 'within' : 'not within'} ${permitted} %)`);
}

function plotTable(plot) {
  const rows = plot.series.flatMap(s => s.points.map(p => [s.name, p.x ?? p.label, p.mean, p.low, p.high, p.seeds, ...(plot.law ? [p.law, p.law ? `${significant(Number((100 * (p.mean / p.law - 1)).toPrecision(3)))} %` : '–'] : [])]));
  const unit = plot.y_unit;
  return element('details', {}, element('summary', {}, 'The numbers'), table([{name: 'series'}, {name: plot.x, unit: plot.x_unit}, {name: 'mean', unit}, {name: 'least', unit},
    {name: 'most', unit}, {name: 'seeds'}, ...(plot.law ? [{name: 'law', unit}, {name: 'off', number: true}] : [])], rows));
}

function drawSweep({sweep: s}) {
  document.title = s.title;
  const done = s.points.filter(p => p.state === 'done').length;
  document.querySelector('header').prepend(element('h1', {}, s.title), element('p', {},
    element('span', {class: s.state === 'complete' ? 'good' : 'bad', id: 'status'}, s.state),
    `: ${done} of ${s.points.length} points of ${s.scenario}, ${s.seeds.length} ${s.seeds.length === 1 ? 'seed' : 'seeds'} each, smmu-vp ${s.version} `, mark(s.uncalibrated)));
  for (const why of s.unplotted) main.append(element('p', {class: 'bad'}, why));
  for (const plot of s.plots) {
    const made = section(plot.title);
    if (plot.law) made.append(element('p', {}, 'Law: ', element('code', {}, plot.law), plot.worst_percent === undefined ? '' : `; points are at most ${significant(Number(plot.worst_percent.toPrecision(3)))} % off`,
      limit(plot.worst_percent, plot.within_percent)));
    if (plot.published_by) made.append(element('p', {}, `Published: ${plot.published_by}`, plot.published_worst_percent === undefined ? '' :
      `; points are at most ${significant(Number(plot.published_worst_percent.toPrecision(3)))} % off`, limit(plot.published_worst_percent, plot.published_within_percent)));
    const timed = ['ps', 'Gbit/s', '1/s'].includes(plot.y_unit);
    if (timed && s.uncalibrated) made.append(element('p', {}, mark(true)));
    drawPlot(made, plot);
    made.append(plotTable(plot));
  }
  section('Points', table([...s.axes.map(a => ({name: a.name})), {name: 'seed'}, {name: 'state'}, {name: 'status'}, {name: 'folder'}],
    s.points.map(p => [...s.axes.map(a => p.at[a.name]), p.seed, element('span', {class: p.state === 'done' ? '' : 'bad'}, p.state),
      element('span', {class: p.status === 'ok' ? 'good' : 'bad'}, p.status ?? '–'), element('a', {href: `${p.folder}/summary.json`}, p.folder)])));
  section('Configuration', element('details', {}, element('summary', {}, 'What all points have in common'),
    table([{name: 'key'}, {name: 'value'}], Object.entries(s.common).map(([key, value]) => [key, Array.isArray(value) ? value.join(' ') : String(value)]))));
}
