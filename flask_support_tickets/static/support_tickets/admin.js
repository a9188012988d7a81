// The instant filter of the rows shown. Without JavaScript its field stays hidden.
const box = document.querySelector("[data-st-filter]");
const rows = [...document.querySelectorAll("[data-st-table] tbody tr")];
if (box && rows.length) {
  const input = box.querySelector("input");
  const count = box.querySelector("[data-st-filter-count]");
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const apply = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, index) => {
      row.hidden = !words.every((word) => texts[index].includes(word));
      shown += row.hidden ? 0 : 1;
    });
    count.textContent = words.length ? `${shown} / ${rows.length}` : "";
  };
  input.addEventListener("input", apply);
  box.hidden = false;
  apply();
}
