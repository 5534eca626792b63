// Publishing takes as long as its tests: its start is announced at once, and nothing else can be decided meanwhile. The
// page's events call the functions in `publishing`. The time that has passed is not announced.
const disable = (disabled) => {
  document.querySelectorAll(".op-deciding button").forEach((button) => { button.disabled = disabled; });
};

let ticks;
const passed = () => element.querySelector("[aria-hidden]");

globalThis.publishing = {
  begin(...given) {
    const said = element.querySelector("p"), began = Date.now();
    if (said.textContent) throw new Error("still publishing");
    said.textContent = said.dataset.said;
    said.focus();
    disable(true);
    ticks = setInterval(() => {
      const seconds = Math.round((Date.now() - began) / 1000);
      passed().textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }, 1000);
    return given;
  },

  end() {
    clearInterval(ticks);
    passed().textContent = "";
    element.querySelector("p").textContent = "";
    disable(false);
  },
};
