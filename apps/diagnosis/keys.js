// Keys of the whole page; also notifies the server when the window regains focus and while the page is used.
let slash = true;  // a key without Ctrl can be switched off (WCAG 2.1.4) while the page is open
let open = false;
let stop = '', since = 0;  // patient whose stop is shown, and since when
new MutationObserver(() => {
  const now = document.querySelector('.dx-stop') ? document.querySelector('.dx-banner')?.dataset.visit : '';
  if (now !== stop) [stop, since] = [now, Date.now()];
}).observe(document.body, { childList: true, subtree: true });
document.addEventListener('keydown', (event) => {
  const typing = event.target.closest('input, textarea, select, [contenteditable]');
  if (slash && event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const box = document.querySelector('#search input, #search textarea');
    if (box?.offsetParent) { event.preventDefault(); box.focus(); }
  }
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.repeat) {
    const note = event.target.closest('#note') ? document.querySelector('#read') : null;
    const button = note ?? document.querySelector('.dx-newer button, .dx-stop [data-do=accept]');
    // A key press meant for the previous content must not pass a stop that nobody has seen.
    if (button && (note || event.target.closest('.dx-stop button') || Date.now() - since > 1000)) { event.preventDefault(); button.click(); }
  }
});
let used = 0;
for (const kind of ['pointerdown', 'keydown', 'wheel']) {
  document.addEventListener(kind, () => {  // reading counts as use, though it sends nothing itself
    if (Date.now() - used > 60_000) { used = Date.now(); trigger('click'); }
  }, { capture: true, passive: true });
}
window.addEventListener('focus', () => {
  if (document.querySelector('.dx-banner')) trigger('focus');
});
element.addEventListener('change', (event) => { slash = event.target.checked; });
element.addEventListener('toggle', (event) => { open = event.target.open; }, true);
function drawn() {
  const help = element.querySelector('details');
  if (!help) return;
  help.open = open;
  help.querySelector('input').checked = slash;
}
drawn();
watch('value', drawn);
