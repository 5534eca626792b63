// The `data-key` of the previous page, if that had lost its connection.
() => {
  try {
    const key = sessionStorage.getItem('r1-key') ?? '';
    sessionStorage.removeItem('r1-key');
    return key;
  } catch {
    return '';
  }
}
