// Fills in the number before any button can be pressed, and clears the tick, which was for another message.
element.addEventListener("click", (event) => {
  const button = event.target.closest(".ib-choose");
  if (!button) return;
  const field = document.querySelector("#number input"), late = document.querySelector("#late input");
  field.value = button.textContent;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  if (late.checked) late.click();
});
