// Opens the page anew once its session has ended, so that nothing stays in view. Reading and typing count as use of the
// session, although they send nothing themselves. Two minutes before an unused session ends, the page says so; any use
// keeps it alive.
let used = Date.now(), told = 0;
const warning = document.createElement("div"), stay = document.createElement("button");
warning.className = "r1-notice r1-lost";
warning.role = "alert";
stay.className = "r1-button";
for (const kind of ["pointerdown", "keydown", "wheel", "click"])
  addEventListener(kind, () => { used = Date.now(); warning.remove(); }, { passive: true });
setInterval(async () => {
  const form = element.querySelector("form");
  if (!form) return;
  const now = Date.now(), url = `${form.dataset.session}?used=${used > told}`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(15000) }).catch(() => null);  // before the next one
  if (answer) told = now;
  // a reload would ask before it sent a form once more
  if (answer && answer.status === 401) location.replace(location.pathname + location.search);
  const end = used + 1000 * (answer?.headers.get(form.dataset.idleHeader) ?? Infinity);
  if (warning.isConnected || Date.now() < end - 120000) return;
  const said = document.querySelector("[data-idle]").dataset;
  stay.textContent = said.stay;
  warning.replaceChildren(said.idle, stay);
  document.querySelector(".gradio-container, main").append(warning);
}, 20000);
