// Turns pages with the keyboard. Without it the book is a page that scrolls, with the same links.
(() => {
  "use strict";
  const leaves = [...document.querySelectorAll(".cover, .leaf")];
  const forwards = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  const backwards = forwards === "ArrowRight" ? "ArrowLeft" : "ArrowRight";

  // The leaf that a key has turned to, until the reader scrolls. In a window that is higher than the leaves the last
  // ones cannot come to its top, and a second key may come while the first one's turn is still being shown.
  let turned = null;
  const scrolled = () => (turned = null);
  for (const way of ["wheel", "touchmove", "pointerdown", "hashchange"]) addEventListener(way, scrolled, { passive: true });
  addEventListener("scrollend", () => {
    const place = leaves[turned]?.getBoundingClientRect();
    if (place && (place.bottom <= 0 || place.top >= innerHeight)) scrolled();
  });

  // Otherwise the leaf that holds the middle of the window is the one that is read, or that of its upper part if high.
  function here() {
    const eye = Math.min(innerHeight, 900) / 2;
    const read = leaves.findIndex((leaf) => leaf.getBoundingClientRect().bottom > eye);
    return turned ?? (read < 0 ? leaves.length - 1 : read);
  }
  const fits = (leaf) => leaf.getBoundingClientRect().bottom <= innerHeight + 2;
  const starts = (leaf) => turned !== null || leaf.getBoundingClientRect().top >= -2;

  function turnTo(number) {
    turned = Math.max(0, Math.min(number, leaves.length - 1));
    const leaf = leaves[turned];
    leaf.scrollIntoView();
    leaf.focus({ preventScroll: true });
    history.replaceState(null, "", "#" + leaf.id);
  }

  addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    if (event.key === " " && event.target.closest("a, summary")) return;
    const leaf = leaves[here()];
    let number;
    if (event.key === forwards) number = here() + 1;
    else if (event.key === backwards) number = starts(leaf) ? here() - 1 : here();
    else if (event.key === "Home") number = 0;
    else if (event.key === "End") number = leaves.length - 1;
    // A leaf that is longer than the window is read to its end first.
    else if (event.key === " " && !event.shiftKey && fits(leaf)) number = here() + 1;
    else if (event.key === " " && event.shiftKey && starts(leaf)) number = here() - 1;
    else {
      if (/^(Arrow|Page| )/.test(event.key)) scrolled();
      return;
    }
    event.preventDefault();
    turnTo(number);
  });
})();
