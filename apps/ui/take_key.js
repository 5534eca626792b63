// The `data-key` of the page before this one, where that one had lost its connection.
() => {
  try {
    const key = sessionStorage.getItem('r1-key') ?? '';
    sessionStorage.removeItem('r1-key');
    return key;
  } catch {
    return '';
  }
}
