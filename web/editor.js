// The YAML editor: CodeMirror 6 as one global, built by esbuild. It knows no Kubernetes: what is wrong, what may come next
// and what a field means are asked of the page through `hooks`. Offsets are UTF-16 on both sides.
import { EditorState, StateEffect, StateField } from '@codemirror/state';
import { Decoration, EditorView, ViewPlugin, WidgetType, drawSelection, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { HighlightStyle, indentUnit, syntaxHighlighting, syntaxTree } from '@codemirror/language';
import { autocompletion, completionKeymap } from '@codemirror/autocomplete';
import { yaml } from '@codemirror/lang-yaml';
import { tags } from '@lezer/highlight';

const BOXES = 3;
const QUIET_MS = 200;

const colours = HighlightStyle.define([
  { tag: tags.definition(tags.propertyName), color: 'var(--ph-ink-1)' },
  { tag: [tags.string, tags.content], color: 'var(--ph-ok-text)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--ph-ink-3)' },
  { tag: [tags.keyword, tags.typeName, tags.labelName], color: 'var(--ph-ink-2)' },
]);

// lang-yaml has one word for every plain value; numbers and booleans get their own
const plain = /^(?:[-+]?(?:\d[\d_]*)(?:\.\d+)?(?:[eE][-+]?\d+)?|0x[0-9a-fA-F]+|true|false|yes|no|on|off|null|~)$/;
const number = Decoration.mark({ class: 'ph-num' });
const numbers = ViewPlugin.fromClass(class {
  constructor(view) { this.decorations = find(view); }
  update(update) { if (update.docChanged || update.viewportChanged) this.decorations = find(update.view); }
}, { decorations: (plugin) => plugin.decorations });
function find(view) {
  const out = [];
  for (const { from, to } of view.visibleRanges) {
    syntaxTree(view.state).iterate({ from, to, enter(node) {
      if (node.name === 'Literal' && node.node.parent?.name !== 'Key' && plain.test(view.state.sliceDoc(node.from, node.to))) out.push(number.range(node.from, node.to));
    } });
  }
  return Decoration.set(out, true);
}

const setProblems = StateEffect.define();
class Box extends WidgetType {
  constructor(problem) { super(); this.problem = problem; }
  eq(other) { return other.problem.message === this.problem.message && other.problem.severity === this.problem.severity && other.problem.from === this.problem.from; }
  toDOM(view) {
    const { severity, message, fix } = this.problem;
    const box = document.createElement('div');
    box.className = `ph-box ${severity}`;
    const text = document.createElement('span');
    text.textContent = message;
    const icon = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
    use.setAttribute('href', severity === 'error' ? '#g-err' : '#g-warn');
    for (const [name, value] of Object.entries({ class: 'gi', width: 14, height: 14, viewBox: '0 0 16 16', 'aria-hidden': 'true' })) icon.setAttribute(name, value);
    icon.append(use);
    box.append(icon, text);
    if (fix) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = fix.label;
      button.onclick = () => { view.dispatch({ changes: { from: fix.from, to: fix.to, insert: fix.insert } }); view.focus(); };
      box.append(button);
    }
    return box;
  }
  ignoreEvent() { return true; }
}
const problems = StateField.define({
  create: () => ({ list: [], marks: Decoration.none }),
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setProblems)) return { list: effect.value, marks: draw(transaction.state, effect.value) };
    return transaction.docChanged ? { list: value.list, marks: value.marks.map(transaction.changes) } : value;
  },
  provide: (field) => EditorView.decorations.from(field, (value) => value.marks),
});
function draw(state, list) {
  const out = [];
  const end = state.doc.length;
  list.forEach((problem, i) => {
    const from = Math.min(problem.from, end);
    const to = Math.min(Math.max(problem.to, from), end);
    const line = state.doc.lineAt(from);
    out.push(Decoration.line({ class: `ph-line ${problem.severity}` }).range(line.from));
    const start = from === to ? line.from + (line.text.length - line.text.trimStart().length) : from;
    const stop = from === to ? line.to : Math.min(to, line.to);
    if (stop > start) out.push(Decoration.mark({ class: `ph-wave ${problem.severity}` }).range(start, stop));
    if (i < BOXES) out.push(Decoration.widget({ widget: new Box(problem), block: true, side: 1 }).range(line.to));
  });
  return Decoration.set(out, true);
}

let view = null;
let hooks = null;
let path = '';
let timer = 0;
let last = '';
const states = new Map();

function look() {
  if (!view || view.composing) return later();
  const text = view.state.doc.toString();
  if (text !== last) {
    last = text;
    hooks.change(path, text);
  }
  const list = JSON.parse(hooks.diagnose(path, text));
  view.dispatch({ effects: setProblems.of(list) });
  where();
}
function later() {
  clearTimeout(timer);
  timer = setTimeout(look, QUIET_MS);
}
function where() {
  hooks.cursor(path, view.state.doc.toString(), view.state.selection.main.head);
}
function next(target) {
  const { list } = target.state.field(problems);
  if (!list.length) return true;
  const head = target.state.selection.main.head;
  const sorted = [...list].sort((a, b) => a.from - b.from);
  const found = sorted.find((problem) => problem.from > head) ?? sorted[0];
  target.dispatch({ selection: { anchor: Math.min(found.from, target.state.doc.length) }, scrollIntoView: true });
  return true;
}
function mend(target) {
  const line = target.state.doc.lineAt(target.state.selection.main.head);
  const found = target.state.field(problems).list.find((problem) => problem.fix && problem.from >= line.from && problem.from <= line.to);
  if (!found) return false;
  target.dispatch({ changes: { from: found.fix.from, to: found.fix.to, insert: found.fix.insert } });
  return true;
}
function source(context) {
  const answer = JSON.parse(hooks.complete(path, context.state.doc.toString(), context.pos));
  if (!answer || !answer.options.length || (!context.explicit && answer.from === context.pos)) return null;
  return { from: answer.from, options: answer.options, validFor: /^[\w./-]*$/ };
}
function fresh(text) {
  return EditorState.create({
    doc: text,
    extensions: [
      lineNumbers(), history(), drawSelection(), highlightActiveLine(), yaml(), indentUnit.of('  '), EditorState.tabSize.of(2),
      syntaxHighlighting(colours), numbers, problems, autocompletion({ override: [source], icons: false }),
      EditorView.contentAttributes.of({ 'aria-label': hooks.label(), spellcheck: 'false', autocorrect: 'off', autocapitalize: 'off' }),
      keymap.of([
        { key: 'Mod-Enter', run: () => { flush(); hooks.apply(path); return true; } },
        { key: 'F8', run: next }, { key: 'Alt-Enter', run: mend },
        ...completionKeymap, ...historyKeymap, indentWithTab, ...defaultKeymap,
      ]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) later();
        else if (update.selectionSet) where();
      }),
      EditorView.domEventHandlers({ blur: () => { flush(); return false; } }),
    ],
  });
}
function flush() {
  if (!view) return;
  const text = view.state.doc.toString();
  if (text === last) return;
  last = text;
  hooks.change(path, text);
}

globalThis.PilothouseEditor = {
  mount(host, given) {
    hooks = given;
    if (view) view.destroy();
    view = new EditorView({ parent: host, state: EditorState.create({}) });
    path = '';
  },
  // shows a file; its undo history is kept while the text outside did not change
  open(file, text) {
    if (!view) return;
    if (path) { flush(); states.set(path, view.state); }
    path = file;
    last = text;
    const kept = states.get(file);
    view.setState(kept && kept.doc.toString() === text ? kept : fresh(text));
    clearTimeout(timer);
    timer = setTimeout(look, 0);
  },
  flush,
  focus() { view?.focus(); },
  next() { if (view) { next(view); view.focus(); } },
  unmount() {
    flush();
    clearTimeout(timer);
    if (view && path) states.set(path, view.state);
    view?.destroy();
    view = null;
  },
};
