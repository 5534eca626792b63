// The log of the chat: shows a question at once, and brings the newest message into view and to screen readers. The
// page's events call the functions in `talk`.
const log = element.closest("#log");
const composer = () => document.querySelector("#composer textarea");

// Brings the newest bubble into view: its end, or its beginning if it is taller than the log.
const showNewest = () => requestAnimationFrame(() => {
  const frame = log.getBoundingClientRect(), box = log.querySelector(".r1-log > :last-child")?.getBoundingClientRect();
  if (!box) return;  // nothing is drawn yet
  log.scrollTop += box.height > frame.height ? box.top - frame.top - 8 : box.bottom - frame.bottom + 16;
});

// Something that opens below makes the log lower: the newest bubble stays in view, if it was.
let height = log.clientHeight;
new ResizeObserver(() => {
  if (log.clientHeight < height && log.scrollHeight - log.scrollTop - height < 24) showNewest();
  height = log.clientHeight;
}).observe(log);

const removeWaiting = () => log.querySelectorAll(".r1-waiting").forEach((turn) => turn.remove());

// The question awaiting its answer, kept by #log, stays below the conversation even if another event redraws that.
const drawWaiting = () => {
  const turns = log.querySelector(".r1-log"), { asked } = log.dataset;
  removeWaiting();
  if (!asked?.trim() || turns.querySelectorAll(".r1-user").length > log.dataset.before) return;
  for (const [side, words] of [["r1-user", asked], ["r1-meta", turns.dataset.waiting]]) {
    const turn = document.createElement("div");
    turn.className = `r1-turn r1-waiting ${side}`;
    turn.textContent = words;
    turns.append(turn);
  }
  log.scrollTop = log.scrollHeight;
};

// An unanswered question returns to the composer unless something else has been typed by now.
const restore = (text) => {
  const box = composer();
  if (box.value) return;
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
};

// Shown if the server does not answer: telephone and hours.
const showDown = (text) => {
  removeWaiting();
  log.querySelector(".r1-down").hidden = false;
  log.scrollTop = log.scrollHeight;
  restore(text);
};

// Shows a question at once. Only one at a time: an error ends the event, so that nothing is sent and Enter leaves the
// typed text in place until the answer arrives.
const wait = (text) => {
  if ("asked" in log.dataset) throw new Error("still waiting");
  Object.assign(log.dataset, { asked: text, before: log.querySelectorAll(".r1-user").length });
  drawWaiting();
  fetch("/healthz", { signal: AbortSignal.timeout(20000) }).catch(() => showDown(text));
};

globalThis.talk = {
  showNewest,

  // The pressed button may be gone, so the focus moves to the composer; not on phones, where the keyboard would cover
  // half of the answer.
  settle() {
    showNewest();
    requestAnimationFrame(() => {
      if (document.activeElement === document.body && matchMedia("(pointer: fine)").matches) composer().focus();
    });
  },

  // Sent text leaves the composer at once, so that the next words are not appended to it.
  send(text) {
    if (composer().ariaInvalid) {  // too long, as the counter below says
      document.querySelector("#composer-count").scrollIntoView({ block: "nearest" });
      throw new Error("too long");
    }
    wait(text);
    return [text, ""];
  },

  press(text) {
    wait(text);
    return text;
  },

  answered(text) {
    delete log.dataset.asked;
    drawWaiting();
    requestAnimationFrame(() => { if (document.querySelector("#notice .r1-notice")) restore(text); });
  },

  // Gradio rejected it, e.g. because too many are waiting.
  refused(text) {
    delete log.dataset.asked;
    showDown(text);
  },

  // The form appears on the page a moment later.
  toForm() {
    const look = setInterval(() => {
      const email = document.querySelector("#email input");
      if (!email) return;
      clearInterval(look);
      email.focus();
    }, 50);
  },
};

// The log is redrawn with each answer, which screen readers do not announce: the newest bubble is repeated beside it.
const said = document.createElement("div");
said.className = "r1-hidden";
said.ariaLive = "polite";
element.after(said);
watch("value", () => {
  const newest = element.querySelector(".r1-log > :last-child");
  said.lang = newest?.querySelector("[lang]")?.lang ?? "";
  said.textContent = newest?.innerText ?? "";
  drawWaiting();
});
