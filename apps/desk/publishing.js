// Publishing takes as long as its tests: its start is announced at once, and nothing else can be decided meanwhile. The
// page's events call the functions in `publishing`.
const disable = (disabled) => {
  document.querySelectorAll(".desk-deciding button").forEach((button) => { button.disabled = disabled; });
};

globalThis.publishing = {
  begin(...given) {
    const said = element.querySelector("p");
    if (said.textContent) throw new Error("still publishing");
    said.textContent = said.dataset.said;
    said.focus();
    disable(true);
    return given;
  },

  end() {
    element.querySelector("p").textContent = "";
    disable(false);
  },
};
