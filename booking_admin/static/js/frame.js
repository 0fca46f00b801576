// The frame: the side navigation folds to icons, and stays so.
const YEAR = 365 * 24 * 3600;

export function start() {
  const button = document.querySelector("[data-fold]");
  button?.addEventListener("click", () => {
    const folded = document.querySelector(".desk-app").classList.toggle("is-folded");
    button.setAttribute("aria-pressed", String(folded));
    // A cookie, so that the next page comes as it will stay.
    document.cookie = `navigation=${folded ? "icons" : ""}; path=/; max-age=${folded ? YEAR : 0}; samesite=lax`;
  });
}
