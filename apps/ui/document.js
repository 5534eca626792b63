// Makes the document's language and title follow the switch, and reports a lost connection. A page's own script cannot
// run again, so this one watches the element that changes with the language.

// Adjusts elements drawn by Gradio: text in another language than the page's, results of the desk's trial and
// comparison, radio buttons, and the overflow menu of the tabs.
const mark = () => {
  const about = element.querySelector('[data-title]');
  if (!about) return;
  document.documentElement.lang = about.lang;
  if (document.title !== about.dataset.title) document.title = about.dataset.title;
  document.querySelectorAll('#language, #suggestions button, .desk-list label').forEach((each) => {
    each.lang = /\p{Script=Han}/u.test(each.textContent) ? 'zh-CN' : 'en';
  });
  document.querySelectorAll('#tried, #changes').forEach((each) => { each.ariaLive = 'polite'; });
  // Gradio gives every radio button its own name, so each would be a Tab stop and none reachable by arrow keys.
  document.querySelectorAll('.wrap:has(> label > input[type=radio])').forEach((box) => {
    const [first, ...others] = box.querySelectorAll('input');
    box.role = 'radiogroup';
    box.ariaLabel = box.closest('.block').querySelector('[data-testid=block-info]')?.textContent.trim() ?? '';
    others.filter(({ name }) => name !== first.name).forEach((input) => { input.name = first.name; });
  });
  document.querySelectorAll('.overflow-menu').forEach(({ children: [button, list] }) => {
    button.ariaLabel = about.dataset.tabs;
    button.ariaExpanded = String(!list.classList.contains('hide'));
  });
};
mark();
watch('value', mark);
new MutationObserver(mark)
  .observe(document.body, { childList: true, characterData: true, subtree: true, attributeFilter: ['class', 'name'] });
document.addEventListener('click', ({ target }) => {  // the pressed button disappears with its menu
  const tabs = target.closest('.overflow-dropdown')?.closest('.tabs');
  if (tabs) setTimeout(() => tabs.querySelector('[role=tab][aria-selected=true]')?.focus(), 100);
});
// A Gradio page that has lost its connection once does nothing more until it is reloaded.
new MutationObserver((_, observer) => {
  if (!document.querySelector('.toast-wrap')?.textContent.includes('Connection to the server was lost')) return;
  observer.disconnect();
  const about = element.querySelector('[data-title]'), said = document.createElement('div');
  const again = document.createElement('button');
  said.className = 'r1-notice r1-lost';
  said.role = 'alert';
  again.className = 'r1-button';
  again.textContent = about.dataset.again;
  again.onclick = () => {
    const key = document.querySelector('[data-key]')?.dataset.key;  // of the conversation that the server still has
    // If site storage is blocked, accessing it throws.
    try { if (key) sessionStorage.setItem('r1-key', key); } catch { /* the conversation starts over */ }
    location.reload();
  };
  said.append(about.dataset.lost, again);
  element.closest('.gradio-container').append(said);
}).observe(document.body, { childList: true, subtree: true });
