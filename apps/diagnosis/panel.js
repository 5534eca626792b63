// Behaviour of every panel: buttons report presses to the server; what is open, chosen or focused stays so when the
// panel is redrawn. Nothing is kept in the browser beyond the open page.
const open = new Map();
let tab = null;
let pressed = null;

const all = (selector) => [...element.querySelectorAll(selector)];
const visitOf = () => document.querySelector('.dx-banner')?.dataset.visit ?? '';
const keyOf = (details) => `${visitOf()} ${details.closest('[role=tabpanel]')?.id ?? ''} ${details.dataset.key}`;

element.addEventListener('click', (event) => {
  const chosen = event.target.closest('[role=tab]');
  if (chosen) { tab = chosen.dataset.tab; showTab(); return; }
  const button = event.target.closest('[data-do]');
  if (!button || event.detail > 1) return;  // the second of two clicks would hit what the first one brought up
  pressed = { ...button.dataset };
  const form = button.closest('form');
  trigger('click', { ...(form ? Object.fromEntries(new FormData(form)) : {}), ...button.dataset });
});

element.addEventListener('toggle', (event) => {
  if (event.target.dataset?.key) open.set(keyOf(event.target), event.target.open);
}, true);

element.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && event.target.matches('form input')) {  // the form's first button, without leaving the page
    event.preventDefault();
    event.target.form.querySelector('[data-do]').click();
    return;
  }
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
  const sideways = event.key === 'ArrowRight' || event.key === 'ArrowLeft';
  const inTabs = event.target.closest('[role=tablist]');
  const items = inTabs && sideways ? all('[role=tab]')
    : !sideways && event.target.matches('summary') ? all('summary').filter((s) => s.offsetParent) : [];
  const place = items.indexOf(event.target);
  if (place < 0) return;
  event.preventDefault();
  const next = items[(place + step + items.length) % items.length];
  next.focus();
  if (inTabs) next.click();
});

function showTab() {
  const tabs = all('[role=tab]');
  const current = tabs.find((t) => t.dataset.tab === tab) ?? tabs[0];
  for (const t of tabs) {
    t.setAttribute('aria-selected', String(t === current));
    t.tabIndex = t === current ? 0 : -1;
    document.getElementById(t.getAttribute('aria-controls')).hidden = t !== current;
  }
}

function restore() {
  for (const details of all('details[data-key]')) {
    const known = open.get(keyOf(details));
    if (known !== undefined) details.open = known;
  }
  showTab();
  if (!pressed) return;
  // The button may be gone, or belong to another finding now, which a second press must not hit.
  const quoted = (name, value) => value ? `[data-${name}="${CSS.escape(value)}"]` : '';
  const same = quoted('do', pressed.do) + quoted('code', pressed.code) + quoted('to', pressed.to);
  // The outcome or preview of a decision is what the user asked for.
  const told = all('[data-of]').filter((e) => pressed.code ? e.dataset.of === pressed.code : /agree$/.test(pressed.do));
  const target = (pressed.code ? told[0] : told.at(-1))
    ?? element.querySelector(`button${same}`)
    ?? (pressed.code && element.querySelector(`${quoted('chip', pressed.code)} summary`))
    ?? element.querySelector('h2[tabindex]')
    ?? (pressed.do === 'add' ? document.querySelector('#search input, #search textarea') : null)
    ?? (pressed.do === 'close' ? document.querySelector(`[data-do=open]${quoted('code', pressed.code)}`) : null);
  pressed = null;
  target?.focus({ preventScroll: Boolean(target.closest('li')) });
}

showTab();
watch('value', restore);
