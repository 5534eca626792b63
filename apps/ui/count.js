// Shows the number of excess characters below a field. Gradio redraws field and counter with the language, so both are
// looked up each time.
const count = () => {
  const counter = element.querySelector("[data-limit]");
  const field = counter && document.querySelector(`#${counter.dataset.field} :is(textarea, input)`);
  if (!field) return;
  const over = [...field.value.trim()].length - counter.dataset.limit;
  counter.textContent = over > 0 ? counter.dataset.said.replace("#", over.toLocaleString("en")) : "";
  field.setAttribute("aria-describedby", counter.id);
  field.ariaInvalid = over > 0 ? "true" : null;
};
watch("value", count);
document.addEventListener("input", count);
