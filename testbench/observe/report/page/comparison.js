// The page of a comparison: A and B side by side.
'use strict';

function percentText(difference) {
  return difference === null || difference === undefined ? '–' : `${difference > 0 ? '+' : ''}${significant(Number(difference.toPrecision(3)))} %`;
}

function spread(side, unit) {
  if (!side) return '–';
  const {text} = scaleOf(unit, [side.mean]);
  return side.count > 1 && side.high > side.low ? `${text(side.mean)} (${text(side.low)} to ${text(side.high)})` : text(side.mean);
}

function drawDifferences(place, rows) {
  const shown = rows.filter(r => r.percent !== null).slice(0, 40);
  if (!shown.length) return;
  chart(place, 90 + 22 * shown.length, 'bar', {
    labels: shown.map(r => r.measure),
    datasets: [
      {label: 'B against A', data: shown.map(r => r.beyond_spread ? r.percent : null), backgroundColor: colour(0), grouped: false},
      {label: 'within the spread over seeds', data: shown.map(r => r.beyond_spread ? null : r.percent), backgroundColor: '#c3cad4', grouped: false}],
  }, {label: 'differences', indexAxis: 'y', scales: {x: axis('difference [%]'), y: axis('measure')},
      tooltip: {label: item => { const r = shown[item.dataIndex]; return `A ${spread(r.a, r.unit)}, B ${spread(r.b, r.unit)}: ${percentText(r.percent)}`; }}});
}

function drawComparison({comparison: c}) {
  document.title = `${c.a.name} against ${c.b.name}`;
  document.querySelector('header').prepend(element('h1', {}, 'Comparison'), table([{name: ''}, {name: 'title'}, {name: 'scenario'}, {name: 'runs'}, {name: 'from'}],
    [['A', c.a], ['B', c.b]].map(([name, side]) => [name, side.title, side.scenario, side.runs, side.name])), mark(c.uncalibrated) ?? '');
  section('Keys that differ', c.keys.length ? table([{name: 'key'}, {name: 'A', number: true}, {name: 'B', number: true}], c.keys.map(k => [k.key, String(k.a ?? '–'), String(k.b ?? '–')]))
    : element('p', {}, 'None.'));
  for (const part of c.points) {
    const made = section(part.label || 'Differences', element('p', {}, `${part.differences.length} of ${part.compared} measures differ. Spread: the least and the most over seeds.`));
    drawDifferences(made, part.differences);
    made.append(table([{name: 'measure'}, {name: 'A', number: true}, {name: 'B', number: true}, {name: 'difference', number: true}, {name: ''}],
      part.differences.map(r => [r.measure, spread(r.a, r.unit), spread(r.b, r.unit), percentText(r.percent), r.beyond_spread ? '' : element('span', {class: 'faint'}, 'within the spread')])));
  }
  if (c.only_a.length || c.only_b.length)
    section('Points of one side only', table([{name: 'side'}, {name: 'point'}], [...c.only_a.map(l => ['A', l]), ...c.only_b.map(l => ['B', l])]));
}
