// The support chat on a company's own page:
//   <script src="https://chat.example.com/api/support/widget.js" async></script>
// data-language="en" or "zh" on the tag fixes the language. The page's origin must be in R1_WIDGET_ORIGINS.
// Everything lives in a shadow root. Only the conversation's key is stored, for this tab; none of its text.
(() => {
  "use strict";
  const SETTINGS = /* settings */ null;
  const STYLE = /* style */ null;
  const tag = document.currentScript;
  const API = new URL(".", tag.src).href;
  const KEY = "r1-support";
  const TIMEOUT = 20_000; // milliseconds
  // Patterns of links, as in html.py; numbers only where they can only be telephone numbers.
  const WEB = /https?:\/\/(?:[!#-'*-;=?-_a-~À-ɏ]|\([\w-]*\))*(?:[\w/#=&%~À-ɏ-]|\([\w-]*\))/.source;
  const MAIL = /[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[a-zA-Z]{2,63}/.source;
  const ADDRESS = new RegExp(`(${WEB}|${MAIL})`);
  const DIALABLE = new RegExp(`(${WEB}|${MAIL}|\\+?\\d[\\d ]{5,}\\d)`);

  const narrow = matchMedia("(max-width: 480px)"); // as in widget.css
  const asked = tag.dataset.language || document.documentElement.lang || navigator.language || "en";
  const language = asked.toLowerCase().startsWith("zh") ? "zh" : "en";
  const t = (name, values = {}) =>
    SETTINGS.texts[name][language].replace(/\{(\w+)\}/g, (_, key) => values[key] ?? SETTINGS[key] ?? "");

  // A small helper for elements: text is always text, never markup.
  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value !== false) element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...children);
    return element;
  };
  const tongue = (text) => (/\p{Script=Han}/u.test(text) ? "zh-CN" : "en"); // for screen readers
  const host = make("div", { lang: language === "zh" ? "zh-CN" : "en" });
  const root = host.attachShadow({ mode: "open" });
  const log = make("div", { class: "log", role: "log", "aria-live": "polite" });
  const notice = make("div", { class: "notice", role: "alert", hidden: true });
  const input = make("textarea", { rows: "1", id: "composer", placeholder: t("placeholder"), oninput: grow, onkeydown: onKey });
  // Excess characters are counted below the field, since with a maxlength the browser would silently cut pasted text.
  const inputOver = make("p", { class: "over", role: "status" }), noteOver = inputOver.cloneNode();
  const send = make("button", { class: "primary" }, t("send"));
  const composer = make(
    "form", { onsubmit: (event) => { event.preventDefault(); ask(input.value, true); } },
    make("label", { for: "composer", class: "hidden-label" }, t("composer")), input, send, inputOver,
  );
  const greeting = make("div", { class: "bubble" }, speaker("bot"), SETTINGS.greeting[language]);
  const examples = make("div", { class: "chips examples" }, ...SETTINGS.examples[language].map((text) => // it fills the composer
    make("button", { type: "button", onclick: () => { fill(text); input.focus(); } }, text)));
  const email = make("input", { maxlength: "254", autocomplete: "email", required: true });
  const note = make("textarea", { rows: "2", oninput: () => count(note, noteOver) });
  const submit = make("button", { class: "primary" }, t("submit"));
  const form = make(
    "form", { class: "hand-off", hidden: true, novalidate: true, onfocusin: () => { wanted = true; }, onsubmit: (event) => { event.preventDefault(); handOff(); } },
    make("h3", {}, t("person")),
    make("p", { class: "meta" }, ...linked(SETTINGS.phone), ` · ${SETTINGS.hours[language]}`),
    make("label", {}, t("email"), email), make("label", {}, t("note"), note), noteOver,
    make("div", {}, submit,
      make("button", { type: "button", onclick: () => { wanted = false; form.hidden = true; input.focus(); } }, t("cancel"))),
  );
  // The form is below the newest bubble and scrolls with it: outside the log it would leave no room to read.
  const conversation = make("div", { class: "talk", role: "group", "aria-label": t("log"), tabindex: "0" }, log, form);
  const panel = make(
    "dialog", { class: "panel", "aria-label": SETTINGS.name[language], oncancel: (event) => { event.preventDefault(); close(); } },
    make("header", {},
      make("div", {}, make("h2", {}, SETTINGS.name[language]), make("p", { class: "meta" }, t("assistant"))),
      make("button", { type: "button", onclick: offerForm }, t("person")),
      make("button", { type: "button", class: "close", "aria-label": t("close"), onclick: close }, "×")),
    conversation, notice, composer,
  );
  const unread = make("span", { class: "unread", role: "status" });
  const launch = make("button", { class: "launch", "aria-expanded": "false", onclick: open }, t("open"), unread);
  try { // unlike a style element, not blocked by a page's Content-Security-Policy
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } catch { // Safari before 16.4
    root.append(make("style", {}, STYLE));
  }
  root.append(panel, launch);
  // If the panel covers the focused element of the company's page, Escape reveals it.
  addEventListener("keydown", (event) => { if (event.key === "Escape" && panel.open && !event.defaultPrevented) close(); });
  narrow.addEventListener("change", () => {
    if (!panel.open) return;
    const focused = root.activeElement;
    panel.close();
    unfold();
    focused?.focus();
  });

  let talk = null; // { id, token }
  let loaded = false; // whether the conversation from earlier pages is shown
  let last = 0; // id of the newest message shown
  let seenTo = 0; // id of the last message seen by the customer, according to the server
  let unsent = null; // { text, id } of a message without an answer: sent again with the same id, it is stored once
  let busy = false;
  let listening = null; // AbortController of the event stream, while a person has the conversation
  let wanted = false; // whether the customer is using the form, so that no reply closes it
  let passed = ""; // reference of the hand-off already announced in the log
  let unseen = []; // ids of a person's messages that arrived while the panel was closed or the tab in the background

  try { talk = JSON.parse(sessionStorage.getItem(KEY)); } catch { /* storage is off: the chat ends with the page */ }

  function remember(value) {
    talk = value;
    try { value ? sessionStorage.setItem(KEY, JSON.stringify(value)) : sessionStorage.removeItem(KEY); } catch { /* as above */ }
  }

  async function call(path, body) {
    const answer = await fetch(API + path, {
      method: body ? "POST" : "GET",
      headers: { ...(body && { "content-type": "application/json" }), ...(talk && { authorization: `Bearer ${talk.token}` }) },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    if (!answer.ok) {
      const { error } = await answer.json().catch(() => ({}));
      throw Object.assign(new Error("refused"), { status: answer.status, code: error?.code });
    }
    return answer.status === 204 ? null : answer.json();
  }

  function unfold() { // if it covers the page, nothing behind it can take the focus
    narrow.matches ? panel.showModal() : panel.show();
  }

  async function open() {
    unfold();
    launch.hidden = true;
    launch.setAttribute("aria-expanded", "true");
    input.focus();
    const first = !greeting.isConnected;
    if (first) log.prepend(greeting); // content added to an open panel is read out
    await load();
    if (first && !talk) greeting.after(examples);
    if (last) scroll([...log.querySelectorAll(".bubble")].at(-1)); // content added to a closed one could not scroll
    see();
  }

  async function load() {
    if (talk && !loaded)
      loaded = await guarded(async () => take(await call(`conversations/${talk.id}/messages?after=${last}`)));
  }

  function close() {
    const inside = document.activeElement === host;
    panel.close();
    launch.hidden = false;
    launch.setAttribute("aria-expanded", "false");
    if (inside) launch.focus();
  }

  function onKey(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      ask(input.value, true);
    }
  }

  const started = async () => talk || remember(await call("conversations", { language }));
  function fill(text) {
    input.value = text;
    grow();
  }

  function grow() { // as high as its lines, within the limits of the style
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight + 2}px`;
    count(input, inputOver);
  }

  function count(field, said) { // shows the number of excess characters
    const over = [...field.value.trim()].length - SETTINGS.limit;
    said.textContent = over > 0 ? t("too_long", { over: over.toLocaleString("en") }) : "";
    field.ariaInvalid = over > 0 ? "true" : null;
  }

  async function ask(text, typed = false) { // text typed while an answer is awaited stays
    if (busy || !text.trim() || (typed && input.ariaInvalid)) return;
    const asked = make("div", { class: "bubble customer", lang: tongue(text) }, text);
    const waiting = make("div", { class: "bubble meta" }, t("waiting"));
    const clear = () => [asked, waiting].forEach((bubble) => bubble.remove());
    log.append(asked, waiting);
    scroll(asked);
    if (typed) fill("");
    const id = unsent?.text === text ? unsent.id : crypto.getRandomValues(new Uint32Array(3)).join("-");
    const done = await alone(async () => {
      await started();
      const answer = await call(`conversations/${talk.id}/messages`, { text, after: last, id });
      clear(); // the question comes again with the answer
      take(answer);
    });
    clear();
    unsent = done ? null : { text, id };
    if (typed && !done && !input.value) fill(text);
  }

  function take({ messages, with_person, hand_off, seen }) {
    seenTo = seen;
    if (with_person) listen();
    else if (listening) handBack();
    for (const message of messages) {
      if (hand_off && message.at > hand_off.at) passOn(hand_off.reference);
      show(message);
    }
    if (hand_off) passOn(hand_off.reference);
  }

  function passOn(reference) { // also on the company's next page
    if (reference === passed) return;
    passed = reference;
    const [before, after] = t("handed_off", { reference: "\n" }).split("\n");
    const bubble = make("div", { class: "bubble desk" }, before, make("span", { class: "whole" }, reference), after);
    log.append(bubble);
    scroll(bubble);
  }

  async function alone(action) { // one request at a time: a double click neither starts nor sends anything twice
    busy = send.disabled = submit.disabled = true;
    const done = await guarded(action);
    busy = send.disabled = submit.disabled = false;
    return done;
  }

  function warn(...said) {
    notice.replaceChildren(...said);
    notice.hidden = false;
    if (!form.hidden) conversation.scrollTop = conversation.scrollHeight; // with less room, its buttons stay in view
  }

  async function guarded(action) { // if the server is down, typed text stays, and telephone and hours are shown
    notice.hidden = true;
    try {
      await action();
      return true;
    } catch (error) {
      const ended = error.code === "no_conversation";
      if (ended) { stopListening(); remember(null); last = seenTo = 0; unseen = []; }
      const known = { 422: form.hidden ? "failed" : "email_wrong", 429: "too_often" };
      const down = !error.status || error.status >= 500;
      if (down) warn(...told("down"), make("p", { class: "meta" }, SETTINGS.hours[language]));
      else warn(...told(ended ? "ended" : known[error.status] || "failed"));
    }
  }

  function show(message) {
    if (message.id <= last) return; // both the stream and an answer may bring it
    last = message.id;
    examples.remove();
    const bubble = make("div", { class: `bubble ${message.author} ${message.action || ""}` });
    if (message.author !== "desk") bubble.append(speaker(message.author === "bot" ? "bot" : "you"));
    else {
      bubble.append(make("p", { class: "meta" }, t("colleague")));
      if (message.id > seenTo) unseen.push(message.id);
      see();
    }
    if (message.text_language && message.text_language !== message.language)
      bubble.append(make("p", { class: "meta" }, t(message.text_language === "en" ? "english_only" : "chinese_only")));
    const text = linked(message.text, message.author === "bot" && message.action !== "answer");
    bubble.append(make("span", { lang: message.text_language || tongue(message.text) }, ...text));
    if (message.citations?.length) {
      if (!message.is_composed && message.citations.length === 1) // others have the marks in their text
        bubble.append(make("span", { class: "meta" }, " [1]"));
      bubble.append(sources(message.citations));
    }
    if (message.rest) bubble.append(make("p", { lang: tongue(message.rest) }, message.rest));
    log.append(bubble);
    if (message.suggestions?.length)
      log.append(make("div", { class: "chips" }, ...message.suggestions.map((title) =>
        make("button", { type: "button", lang: tongue(title), onclick: () => ask(title) }, title))));
    if (message.after_titles)
      log.append(make("p", { class: "bubble bot", lang: tongue(message.after_titles) }, message.after_titles));
    if (message.action === "answer") log.append(thumbs(message.id));
    // The reply is read first, so the focus stays. An offer ends with the next reply.
    if (message.author === "bot") form.hidden = !(wanted || (message.offers_person && !listening));
    scroll(bubble);
  }

  function speaker(name) { return make("span", { class: "hidden-label" }, `${t(name)} `); } // for screen readers

  function see() { // messages not reported as seen go by e-mail
    const seen = panel.open && document.visibilityState === "visible";
    if (seen && unseen.length) {
      call(`conversations/${talk.id}/seen`, { message_id: unseen.at(-1) }).catch(() => { /* then also by e-mail */ });
      unseen = [];
    }
    unread.textContent = unseen.length ? t("unread", { count: unseen.length }) : "";
  }

  function linked(text, dial = true) { // on a phone a tap calls a number
    return text.split(dial ? DIALABLE : ADDRESS).map((part, place) => place % 2 ? anchor(part) : part);
  }

  const told = (name) => // with the company's contact details as links, but not the text's own examples
    SETTINGS.texts[name][language].split(/\{(\w+)\}/).flatMap((part, place) => (place % 2 ? linked(SETTINGS[part]) : part));

  function anchor(part) {
    if (part.startsWith("http")) return make("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part);
    if (part.includes("@")) return make("a", { href: `mailto:${part}` }, part);
    return make("a", { href: `tel:${part.replaceAll(" ", "")}`, class: "number" }, part);
  }

  function sources(citations) {
    const items = citations.map(({ title, link, updated }, place) => make("p", { class: "meta" }, `[${place + 1}] `,
      make(link ? "a" : "span", { lang: tongue(title), ...(link && { href: link, target: "_blank", rel: "noopener noreferrer" }) }, title),
      " · ", make("span", { class: "whole" }, t("updated", { date: updated }))));
    return make("details", {}, make("summary", {}, t("sources", { count: citations.length })), ...items);
  }

  function thumbs(id) {
    const row = make("div", { class: "chips" });
    const rate = (value) => guarded(async () => {
      await call(`conversations/${talk.id}/messages/${id}/thumb`, { value });
      row.replaceChildren(make("p", { class: "meta", role: "status" }, t("thanks")));
      if (value < 0 && !listening) offerForm();
    });
    row.append(make("button", { type: "button", onclick: () => rate(1) }, t("solved")),
      make("button", { type: "button", onclick: () => rate(-1) }, t("unsolved")));
    return row;
  }

  function offerForm() {
    wanted = true;
    form.hidden = false;
    scroll(form);
    if (document.activeElement !== host || root.activeElement !== input) email.focus({ preventScroll: true });
  }

  async function handOff() { // while a person has it, this updates the address and adds the note to the thread
    if (busy) return;
    if (!email.checkValidity()) {
      warn(t("email_wrong"));
      return email.focus({ preventScroll: true });
    }
    if (note.ariaInvalid) return note.focus();
    await alone(async () => {
      await started();
      const body = { email: email.value, note: note.value, language };
      const { reference } = await call(`conversations/${talk.id}/hand-off`, body);
      wanted = false;
      form.hidden = true;
      note.value = passed = ""; // a corrected address is confirmed too
      examples.remove();
      passOn(reference);
      listen();
      input.focus();
    });
  }

  async function listen() { // fetch, since EventSource could only send the token in the URL
    if (listening) return;
    form.hidden = true;
    const mine = listening = new AbortController();
    for (let pause = 1_000; listening === mine; pause = Math.min(pause * 2, 30_000)) {
      try {
        const answer = await fetch(`${API}conversations/${talk.id}/events?after=${last}`, {
          headers: { authorization: `Bearer ${talk.token}` }, signal: mine.signal,
        });
        if (answer.status === 404) return stopListening();
        if (answer.ok) { pause = 1_000; await read(answer.body); }
        else if (answer.status === 429) take(await call(`conversations/${talk.id}/messages?after=${last}`)); // no stream is free
      } catch { /* the connection was lost: try again */ }
      await new Promise((done) => setTimeout(done, pause));
    }
  }

  function stopListening() {
    listening?.abort();
    listening = null;
  }

  async function read(body) { // server-sent events, to the extent that this server uses them
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ""; ; ) {
      const { value, done } = await reader.read();
      if (done) return;
      const events = (text + value).split("\n\n");
      text = events.pop();
      for (const event of events) {
        const { event: kind, data } = Object.fromEntries(event.split("\n").map((line) => line.split(/: (.*)/s)));
        if (kind === "message") show(JSON.parse(data));
        if (kind === "with_person" && data === "false") return handBack();
      }
    }
  }

  function handBack() {
    stopListening();
    const ended = make("div", { class: "bubble meta", role: "status" }, t("handed_back"));
    log.append(ended);
    scroll(ended);
  }

  function scroll(element) { // to its beginning, or to the end if everything after it fits
    conversation.scrollTop = element.offsetTop - 8;
  }

  document.addEventListener("visibilitychange", see);
  load(); // the closed chat's button also counts a person's messages
  const place = () => document.body.append(host);
  document.body ? place() : addEventListener("DOMContentLoaded", place);
})();
