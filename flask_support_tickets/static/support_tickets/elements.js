// Create elements, and find the locale in which to format numbers.

export const element = (name, className, text = "") => {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
};

export const buttonOf = (text, className, act) => {
  const button = element("button", className, text);
  button.type = "button";
  button.addEventListener("click", act);
  return button;
};

// The page's language, with the same digits as in texts from the server.
export const localeOf = (part) => `${part.closest("[lang]").lang}-u-nu-latn`;
