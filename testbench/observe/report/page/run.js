// The page of one run.
'use strict';

// Parts of wholes as stacked bars: `wholes` names each bar, `parts` maps a name to a duration for each bar.
function stacked(place, {label, wholes, parts, mean, of}) {
  const largest = Math.max(1, ...wholes.map((_, i) => Object.values(parts).reduce((sum, list) => sum + (list[i] ?? 0), 0)));
  const [unit, scale] = timeUnit(largest);
  chart(place, 60 + 26 * wholes.length + 20 * Math.ceil(Object.keys(parts).length / 8), 'bar', {
    labels: wholes,
    datasets: Object.entries(parts).map(([name, list], i) => ({label: name, data: list.map(ps => (ps ?? 0) / scale), backgroundColor: colour(i), barPercentage: 0.8})),
  }, {
    label, indexAxis: 'y',
    scales: {x: axis(`${mean} [${unit}]`, {stacked: true, beginAtZero: true}), y: axis(of, {stacked: true})},
    tooltip: {label: item => `${item.dataset.label}: ${timeText(item.raw * scale)}`},
  });
}

function histogram(place, name, bins) {
  const [unit, scale] = timeUnit(bins.edges_ps.at(-1));
  const label = ps => significant(Number((ps / scale).toPrecision(3)));
  chart(place, 240, 'bar', {
    labels: bins.counts.map((_, i) => `${label(bins.edges_ps[i])}–${label(bins.edges_ps[i + 1])}`),
    datasets: [{label: name, data: bins.counts, backgroundColor: colour(0), categoryPercentage: 1, barPercentage: 0.96}],
  }, {
    label: `histogram of ${name}`, legend: false,
    scales: {x: axis(`${name}: latency [${unit}]`, {ticks: {maxRotation: 60, autoSkip: true}}), y: axis('count', {beginAtZero: true, ticks: {precision: 0}})},
    tooltip: {title: items => `${items[0].label} ${unit}`, label: item => `${significant(item.raw)} times`},
  });
}

const kPhaseColours = {live: '#3a9a5b', quiesced: '#d9822b', unbound: '#8a93a0', reused: '#2f6fb7'};

// One track a row; phases of a PASID in their own colours, activity in one.
function timeline(place, pasids, violations, end_ps) {
  const rows = [], bars = {};
  const [unit, scale] = timeUnit(end_ps);
  for (const {pasid, tracks} of pasids) {
    for (const track of tracks) {
      const row = `PASID ${pasid}: ${track.name}`;
      rows.push(row);
      for (const span of track.spans) {
        const kind = track.phases ? span.phase : track.name;
        (bars[kind] ??= []).push({x: [span.begin_ps / scale, Math.max(span.end_ps, span.begin_ps + end_ps / 2000) / scale], y: row, span});
      }
    }
  }
  const found = [];
  for (const v of violations) {
    const row = rows.find(name => name.startsWith(`PASID ${v.pasid}:`));
    if (row) found.push({x: [v.t_ps / scale, (v.t_ps + end_ps / 300) / scale], y: row, span: {text: v.what}});
  }
  if (found.length) bars.violation = found;
  const kinds = Object.keys(bars);
  chart(place, 90 + 24 * rows.length, 'bar', {
    labels: rows,
    datasets: kinds.map((kind, i) => ({
      label: kind, data: bars[kind], grouped: false, barPercentage: 0.75, minBarLength: 2,
      backgroundColor: kind === 'violation' ? '#b3261e' : kPhaseColours[kind] ?? colour(i + 4)})),
  }, {
    label: 'timeline of each PASID', indexAxis: 'y',
    scales: {x: axis(`simulated time [${unit}]`, {type: 'linear', min: 0, max: end_ps / scale}), y: axis('PASID and track')},
    tooltip: {
      title: items => items[0].raw.y,
      label: item => {
        const {span} = item.raw;
        const when = span.begin_ps === undefined ? '' : `${timeText(span.begin_ps)} to ${timeText(span.end_ps)}`;
        return span.text ?? `${item.dataset.label}: ${when}${span.count > 1 ? `, ${span.count} one after another` : ''}`;
      }},
  });
}

function firstCause(cause) {
  const about = ['pasid', 'stream_id', 'address', 'physical_address', 'descriptor', 'old_value', 'new_value']
    .filter(name => cause[name] !== undefined).map(name => `${name} ${name === 'stream_id' ? '0x' + cause[name].toString(16) : cause[name]}`);
  section('First cause', element('p', {class: 'bad'}, `${cause.finder} at ${timeText(cause.t_ps)} (${cause.t_ps} ps)`),
    element('p', {}, cause.what), about.length ? element('p', {}, about.join(', ')) : undefined,
    cause.commands.length ? element('p', {}, 'The same run with a closer look at it:') : undefined,
    ...cause.commands.map(words => element('pre', {}, words.map(word => /[^\w=+./:,@%-]/.test(word) ? `"${word}"` : word).join(' '))));
}

function lifetimeTable(phases) {
  const names = {1: '1 live', 2: '2 quiesced', 3: '3 unbound', 4: '4 reused'};
  return table(['PASID', 'phase', 'stream', 'traffic', 'case', 'expected', 'observed', 'verdict'].map(name => ({name, whole: name === 'phase' || name === 'verdict'})),
    phases.map(row => [String(row.pasid), names[row.phase], '0x' + row.stream_id.toString(16), row.traffic, row.case, row.expected, row.observed,
      row.judged ? element('span', {class: row.ok ? 'good' : 'bad'}, row.ok ? 'same' : 'differs') : element('span', {class: 'faint'}, 'not judged')]));
}

function monitors(list) {
  const made = section('Monitors', table(['monitor', 'judged by', 'checks', 'verdict', 'violations', 'remarks'].map(name => ({name})),
    list.map(m => [m.name, m.witness === 'machine' ? 'memory and traffic' : 'facts of the driver', m.checked,
      element('span', {class: {clean: 'good', violation: 'bad'}[m.verdict] ?? 'faint'}, m.verdict), m.violation_count, m.remarks.join('; ')])));
  for (const m of list.filter(m => m.violations.length)) {
    const fold = element('details', {}, element('summary', {}, `${m.name}: ${m.violation_count} violations`),
      table([{name: 'time', unit: 'ps'}, {name: 'violation'}], m.violations.map(v => [v.t_ps, v.what])));
    fold.open = m.violations.length <= 10;
    made.append(fold);
  }
}

function exposures(list, calibration) {
  const windows = list.flatMap(m => m.exposure_windows.map(w => ({...w, monitor: m.name}))).filter(w => w.count);
  if (!windows.length) return;
  const made = section('Exposure windows of late invalidations', element('p', {},
    'How long caches could still use what memory no longer granted, until the invalidation was complete; used: an access took the old translation meanwhile. ', calibration()),
    table([{name: 'monitor'}, {name: 'holder'}, {name: 'windows'}, {name: 'used'}, {name: 'p50', unit: 'ps'}, {name: 'p99', unit: 'ps'}, {name: 'max', unit: 'ps'}],
      windows.map(w => [w.monitor, w.holder, w.count, w.used, w.p50_ps, w.p99_ps, w.max_ps])));
  const [unit, scale] = timeUnit(Math.max(...windows.map(w => w.max_ps)));
  chart(made, 70 + 60 * windows.length, 'bar', {
    labels: windows.map(w => `${w.holder} (${w.count})`),
    datasets: ['p50', 'p99', 'max'].map((name, i) => ({label: name, data: windows.map(w => w[name + '_ps'] / scale), backgroundColor: colour(i)})),
  }, {label: 'exposure windows', indexAxis: 'y', scales: {x: axis(`exposure [${unit}]`, {beginAtZero: true}), y: axis('caches (windows)')},
      tooltip: {label: item => `${item.dataset.label}: ${timeText(item.raw * scale)}`}});
}

function latencies(all, calibration) {
  const names = Object.keys(all);
  if (!names.length) return;
  const made = section('Latency', element('p', {}, 'Durations of operations in simulated time. ', calibration()),
    table([{name: 'operation'}, {name: 'count'}, ...['min', 'mean', 'p50', 'p90', 'p99', 'max'].map(name => ({name, unit: 'ps'}))],
      names.map(name => [name, all[name].count, ...['min', 'mean', 'p50', 'p90', 'p99', 'max'].map(of => all[name][of + '_ps'])])));
  const divided = names.filter(name => Object.keys(all[name].parts).length > 1);
  if (divided.length) {
    const parts = {};
    divided.forEach((name, i) => Object.entries(all[name].parts).forEach(([part, ps]) => (parts[part] ??= [])[i] = ps));
    for (const list of Object.values(parts)) for (let i = 0; i < divided.length; ++i) list[i] ??= 0;
    made.append(element('h3', {}, 'Parts of the mean'));
    stacked(made, {label: 'parts of the mean latency', wholes: divided, parts, mean: 'mean latency', of: 'operation'});
  }
  const drawn = names.filter(name => all[name].histogram?.counts.length);
  if (!drawn.length) return;
  const place = element('div', {id: 'histogram'});
  const buttons = chooser(drawn, i => { place.replaceChildren(); histogram(place, drawn[i], all[drawn[i]].histogram); });
  made.append(element('h3', {}, 'Histogram'), buttons.element, place);
  buttons.press(0);
}

// A table that a scenario measured; columns that are parts of another one are drawn as stacked bars too.
function measured(t, calibration) {
  const timed = t.columns.some(column => column.unit === 'ps' || column.unit === 'Gbit/s');
  const made = [element('h3', {}, t.title + ' ', timed ? calibration() : undefined), table(t.columns, t.rows)];
  const parts = {};
  t.columns.forEach((column, i) => { if (column.part_of) parts[column.name] = t.rows.map(row => row[i]); });
  if (Object.keys(parts).length && t.rows.length) {
    const place = element('div');
    made.push(place);
    const whole = t.columns.find(column => column.part_of).part_of;
    const first = t.columns[0];
    stacked(place, {label: `parts of ${whole}: ${t.title}`, wholes: t.rows.map(row => typeof row[0] === 'number' ? scaleOf(first.unit, [row[0]]).text(row[0]) : row[0]), parts, mean: whole, of: first.name});
  }
  return made;
}

function sources(all) {
  const rows = Object.entries(all ?? {});
  if (!rows.length) return;
  const of = {published: 0, data_sheet: 0, uncalibrated: 0};
  rows.forEach(([, source]) => ++of[source.kind]);
  section('Sources', element('p', {}, `Durations and rates of this machine: ${of.published} from published figures, ${of.data_sheet} from data sheets, ${of.uncalibrated} uncalibrated.`),
    element('details', {}, element('summary', {}, 'Every key'), table([{name: 'key'}, {name: 'value', number: true}, {name: 'source'}, {name: 'which'}],
      rows.map(([key, source]) => [key, String(source.value), source.kind === 'uncalibrated' ? mark(true) : source.kind.replace('_', ' '), source.text ?? '']))));
}

function flat(object, prefix = '') {
  return Object.entries(object).flatMap(([name, value]) => value !== null && typeof value === 'object' && !(Array.isArray(value) && value.every(v => typeof v !== 'object'))
    ? flat(value, `${prefix}${name}.`) : [[prefix + name, Array.isArray(value) ? value.join(' ') : value]]);
}

function drawRun({summary: s, timeline: pasids}) {
  document.title = `${s.scenario}, seed ${s.seed}`;
  const uncalibrated = Object.values(s.sources ?? {}).some(source => source.kind === 'uncalibrated');
  const calibration = () => mark(uncalibrated);
  const failed = s.expectations.filter(e => !e.ok);
  document.querySelector('header').prepend(element('h1', {}, s.scenario), element('p', {},
    element('span', {class: s.status === 'ok' ? 'good' : 'bad', id: 'status'}, s.status),
    `, seed ${s.seed}, ${timeText(s.sim_time_ps)} simulated in ${s.wall_s.toFixed(2)} s, smmu-vp ${s.version} `, calibration()));
  if (s.error) main.append(element('p', {class: 'bad'}, s.error));
  if (s.first_cause) firstCause(s.first_cause);
  if (s.notes.length) section('What happened when', table([{name: 'time', unit: 'ps'}, {name: ''}], s.notes.map(n => [n.t_ps, n.text])));
  if (s.phases.length) section('PASID lifetime', lifetimeTable(s.phases));
  if (pasids.length) {
    const made = section('Timeline of each PASID', element('p', {}, 'Phases that the driver established, and traffic; spans close to each other are drawn as one. ', calibration()));
    timeline(made, pasids, s.monitors.flatMap(m => m.violations), s.sim_time_ps);
  }
  monitors(s.monitors);
  exposures(s.monitors, calibration);
  latencies(s.latency, calibration);
  if (s.tables.length) section('Measurements', ...s.tables.flatMap(t => measured(t, calibration)));
  if (failed.length || s.not_judged.length)
    section('Failed and not judged', table([{name: 'time', unit: 'ps'}, {name: ''}, {name: ''}], [
      ...failed.map(e => [e.t_ps, element('span', {class: 'bad'}, 'failed'), e.text]), ...s.not_judged.map(e => [e.t_ps, 'not judged', e.text])]));
  sources(s.sources);
  section('Counters and configuration',
    element('details', {}, element('summary', {}, 'Counters'), table([{name: 'counter'}, {name: 'value'}], Object.entries(s.counters))),
    element('details', {}, element('summary', {}, 'Configuration'), table([{name: 'key'}, {name: 'value'}], flat(s.config).map(([k, v]) => [k, String(v)]))),
    s.kernel_log.length ? element('details', {}, element('summary', {}, 'Kernel log'), table([{name: 'time', unit: 'ps'}, {name: 'level'}, {name: ''}],
      s.kernel_log.map(l => [l.t_ps, l.level, l.text]))) : undefined);
}
