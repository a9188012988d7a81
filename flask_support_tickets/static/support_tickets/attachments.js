// A form's file input: drag and drop, pasting of images, and a list. submit.js sends the files. Without
// this script, it is a plain file input.
import { buttonOf, element, localeOf } from "./elements.js";

const sizeOf = (bytes, box) => {
  const units = box.dataset.textUnits.split(",");
  let size = bytes;
  while (size >= 1024 && units.length > 1) {
    size /= 1024;
    units.shift();
  }
  const number = size.toLocaleString(localeOf(box), { maximumFractionDigits: 1 });
  return `${number} ${units[0]}`;
};

// The server also strips dots, spaces and suffixes from log rotation from the end of a name.
const endOf = (name, rotation) => {
  const bare = name.replace(/[.\s]+$/, "").replace(new RegExp(rotation, "i"), "");
  return (/\.[a-z0-9_+-]{1,20}$/i.exec(bare)?.[0] ?? "").toLowerCase();
};

// Pasted images are all called image.png, so rename them.
const named = (file) => {
  if (file.name !== "image.png") return file;
  const now = new Date().toISOString().slice(0, 19).replace(/[:T]/g, "-");
  return new File([file], `screenshot-${now}.png`, { type: file.type });
};

// Text copied from an office program includes an image of itself, which is ignored.
const pastedFiles = (clipboard) => {
  const isText = clipboard.types.includes("text/plain");
  return [...clipboard.files].filter((file) => !isText || file.name !== "image.png").map(named);
};

// A dropped folder looks like a file but cannot be uploaded, so treat it as an empty file.
const droppedFiles = (transfer) =>
  [...transfer.items]
    .filter((item) => item.kind === "file")
    .map((item) => {
      const entry = item.webkitGetAsEntry();
      return entry?.isDirectory ? new File([], entry.name) : item.getAsFile();
    });

class Files {
  constructor(box) {
    this.box = box;
    this.form = box.closest("form");
    this.input = box.querySelector("input[type=file]");
    this.drop = box.querySelector("[data-st-drop]");
    this.list = box.querySelector("[data-st-chosen]");
    this.refused = box.querySelector("[data-st-refused]");
    this.files = [];
    this.changed = []; // files that cannot be sent
    box.querySelector("[data-st-drop-hint]").hidden = false;
    this.input.addEventListener("change", () => this.add([...this.input.files]));
    this.form.addEventListener("paste", (event) => {
      const pasted = event.clipboardData ? pastedFiles(event.clipboardData) : [];
      if (!pasted.length) return;
      event.preventDefault();
      this.add(pasted);
    });
    for (const type of ["dragover", "dragleave", "drop"]) {
      this.form.addEventListener(type, (event) => this.onDrag(event));
    }
    this.input.addEventListener("st-changed", (event) => this.onChanged(event.detail));
    if (this.input.files.length) this.add([...this.input.files]); // from a rejected form
  }

  text(name) {
    return this.box.dataset[`text${name}`];
  }

  // Accept drops anywhere in the form, because the browser opens files that are dropped elsewhere.
  onDrag(event) {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    this.drop.classList.toggle("st-over", event.type === "dragover");
    if (event.type === "drop") this.add(droppedFiles(event.dataTransfer));
  }

  problemWith(file) {
    const { accept, maxBytes, rotation } = this.box.dataset;
    const end = endOf(file.name, rotation);
    if (end && !accept.split(",").includes(end)) return this.text("Kind");
    if (!file.size) return this.text("Empty");
    return file.size > Number(maxBytes) ? this.text("TooLarge") : "";
  }

  add(files) {
    const problems = [];
    for (const file of files) {
      const problem = this.problemWith(file);
      if (problem) problems.push(`“${file.name}”: ${problem}`);
      else if (this.replaceChanged(file)) continue;
      else if (this.files.length < Number(this.box.dataset.maxCount)) this.files.push(file);
      else problems.push(`“${file.name}”: ${this.text("TooMany")}`);
    }
    this.show(problems);
  }

  // Files that have changed stay in the list, so that they are not forgotten, until the user chooses
  // them again or removes them.
  onChanged(files) {
    this.changed = files;
    this.show(files.map((file) => `“${file.name}”: ${this.text("Changed")}`));
    this.input.focus();
  }

  replaceChanged(file) {
    const old = this.changed.find((each) => each.name === file.name && this.files.includes(each));
    if (old) this.files[this.files.indexOf(old)] = file;
    return Boolean(old);
  }

  show(problems = []) {
    const chosen = new DataTransfer();
    for (const file of this.files) chosen.items.add(file);
    this.input.files = chosen.files;
    this.refused.textContent = problems.join("\n");
    this.refused.hidden = !problems.length;
    this.list.replaceChildren(...this.files.map((file, index) => this.item(file, index)));
    this.list.hidden = !this.files.length;
  }

  item(file, index) {
    const item = document.createElement("li");
    const name = element("bdi", "", file.name);
    const size = element("span", "st-meta", sizeOf(file.size, this.box));
    const remove = buttonOf(this.text("Remove"), "st-button st-small", () => {
      this.files.splice(index, 1);
      this.show();
      (this.list.querySelectorAll("button")[index] ?? this.input).focus();
    });
    remove.setAttribute("aria-label", `${this.text("Remove")} ${file.name}`);
    item.append(name, size, remove);
    return item;
  }
}

const enhance = () => {
  for (const box of document.querySelectorAll(".st-root [data-st-files]:not([data-st-ready])")) {
    box.dataset.stReady = "yes";
    new Files(box);
  }
};

enhance();
document.addEventListener("st-replaced", enhance);
