// Use the browser's storage, which can be full or disabled.

// Return the result of `act`, or `otherwise` if it fails.
export const attempt = (act, otherwise = null) => {
  try {
    return act();
  } catch {
    return otherwise;
  }
};
