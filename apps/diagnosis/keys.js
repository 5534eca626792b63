// Keys and language of the whole page, and a word to the server when the window comes back to the front.
document.addEventListener('keydown', (event) => {
  const typing = event.target.closest('input, textarea, select, [contenteditable]');
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
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
function tellLanguage() {
  const mark = element.querySelector('[data-lang]');
  if (mark) document.documentElement.lang = mark.dataset.lang;
}
tellLanguage();
watch('value', tellLanguage);
