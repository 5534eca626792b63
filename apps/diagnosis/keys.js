// Keys of the whole page, and a word to the server when the window comes back to the front.
let slash = true;  // a key without Ctrl can be switched off (WCAG 2.1.4), for as long as the page is open
let open = false;
document.addEventListener('keydown', (event) => {
  const typing = event.target.closest('input, textarea, select, [contenteditable]');
  if (slash && event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const box = document.querySelector('#search input, #search textarea');
    if (box?.offsetParent) { event.preventDefault(); box.focus(); }
  }
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    const note = event.target.closest('#note') ? document.querySelector('#read') : null;
    const button = note ?? document.querySelector('.dx-newer button, .dx-stop [data-do=accept]');
    if (button) { event.preventDefault(); button.click(); }
  }
});
window.addEventListener('focus', () => {
  if (document.querySelector('.dx-banner[data-live]')) trigger('focus');
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
