// The log of the chat: what was asked stands in it at once, and the newest words are seen and said. The page's events
// call what `talk` holds.
const log = element.closest("#log");
const composer = () => document.querySelector("#composer textarea");

// Brings the newest bubble into view: its end, or its beginning when it is taller than the log.
const showNewest = () => requestAnimationFrame(() => {
  const frame = log.getBoundingClientRect(), box = log.querySelector(".r1-log > :last-child").getBoundingClientRect();
  log.scrollTop += box.height > frame.height ? box.top - frame.top - 8 : box.bottom - frame.bottom + 16;
});

const removeWaiting = () => log.querySelectorAll(".r1-waiting").forEach((turn) => turn.remove());

// What waits for its answer, as #log keeps it, stands below what was said, when another event draws that anew, too.
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

// What was not answered comes back unless something else is typed by now.
const restore = (text) => {
  const box = composer();
  if (box.value) return;
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
};

// When nobody answers: telephone and hours.
const showDown = (text) => {
  removeWaiting();
  log.querySelector(".r1-down").hidden = false;
  log.scrollTop = log.scrollHeight;
  restore(text);
};

// Shows at once what was asked. One thing at a time: an error ends the event, so that nothing is sent and Enter leaves
// what is typed where it is until the answer is there.
const wait = (text) => {
  if ("asked" in log.dataset) throw new Error("still waiting");
  Object.assign(log.dataset, { asked: text, before: log.querySelectorAll(".r1-user").length });
  drawWaiting();
  fetch("/healthz", { signal: AbortSignal.timeout(20000) }).catch(() => showDown(text));
};

globalThis.talk = {
  showNewest,

  // What was pressed may be gone: the keyboard goes on in the composer. On a phone that would cover half of the answer.
  settle() {
    showNewest();
    requestAnimationFrame(() => {
      if (document.activeElement === document.body && matchMedia("(pointer: fine)").matches) composer().focus();
    });
  },

  // What was sent leaves the composer at once, so that the next words are not glued to it.
  send(text) {
    if (composer().ariaInvalid) {  // too long, as stands below it
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

  // Gradio did not take it, as when too many wait already.
  refused(text) {
    delete log.dataset.asked;
    showDown(text);
  },

  // The form comes into the page a moment later.
  toForm() {
    const look = setInterval(() => {
      const email = document.querySelector("#email input");
      if (!email) return;
      clearInterval(look);
      email.focus();
    }, 50);
  },
};

// The log is drawn anew with each answer, which no screen reader reads out: the newest bubble is said beside it.
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
