// Passes a chosen file to the page in memory; Gradio's own upload would write it to the server's disk.
element.addEventListener('change', async (event) => {
  const file = event.target.files?.[0];
  if (!file) return;
  event.target.value = '';
  const most = Number(event.target.dataset.most);
  const bytes = new Uint8Array(await file.slice(0, most + 1).arrayBuffer());
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  trigger('upload', { name: file.name, content: btoa(text) });
});
