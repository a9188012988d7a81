// Close menus with Escape, by clicking elsewhere, and after an action that stays on the page.
// Without this script, the user closes a menu with its button.

const openMenus = () => document.querySelectorAll(".st-menu[open]");

export const setUpMenus = () => {
  document.addEventListener("click", ({ target }) => {
    const isAction = target.closest(".st-menu-box button[type=button]");
    for (const menu of openMenus()) if (isAction || !menu.contains(target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      menu.open = false;
    }
  });
};
