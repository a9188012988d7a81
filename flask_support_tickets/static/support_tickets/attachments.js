// A form's file input: drag and drop, pasting of images, a list, and upload progress. Without this
// script, it is a plain file input.

const localeOf = (box) => `${box.closest("[lang]").lang}-u-nu-latn`;

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

// The server also strips dots and spaces from the end of a name, and what log rotation appends.
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
    this.progress = box.querySelector("[data-st-progress]");
    this.files = [];
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
    this.form.addEventListener("submit", (event) => {
      if (!this.files.length) return;
      event.preventDefault();
      this.send(event.submitter);
    });
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
      else if (this.files.length < Number(this.box.dataset.maxCount)) this.files.push(file);
      else problems.push(`“${file.name}”: ${this.text("TooMany")}`);
    }
    this.show(problems);
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
    const name = document.createElement("bdi");
    name.textContent = file.name;
    const size = document.createElement("span");
    size.className = "st-meta";
    size.textContent = sizeOf(file.size, this.box);
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "st-button st-small";
    remove.textContent = this.text("Remove");
    remove.setAttribute("aria-label", `${this.text("Remove")} ${file.name}`);
    remove.addEventListener("click", () => {
      this.files.splice(index, 1);
      this.show();
      (this.list.querySelectorAll("button")[index] ?? this.input).focus();
    });
    item.append(name, size, remove);
    return item;
  }

  // FormData omits the button, so add its value.
  send(button) {
    const request = new XMLHttpRequest();
    const body = new FormData(this.form);
    if (button?.name) body.append(button.name, button.value);
    request.open("POST", this.form.action);
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    request.responseType = "document";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) this.showProgress((event.loaded / event.total) * 100);
    });
    request.addEventListener("load", () => this.onLoad(request));
    request.addEventListener("error", () => this.stop(this.text("Failed")));
    request.addEventListener("abort", () => this.stop());
    this.cancel = document.createElement("button");
    this.cancel.type = "button";
    this.cancel.className = "st-button st-small";
    this.cancel.textContent = this.text("Cancel");
    this.cancel.addEventListener("click", () => request.abort());
    this.progress.append(this.cancel);
    this.progress.hidden = false;
    this.setBusy(true);
    this.showProgress(0);
    request.send(body);
  }

  showProgress(percent) {
    this.progress.querySelector("progress").value = percent;
    this.progress.querySelector("[role=status]").textContent =
      `${this.text("Sending")} ${(percent / 100).toLocaleString(localeOf(this.box), { style: "percent" })}`;
  }

  setBusy(isBusy) {
    for (const button of this.form.querySelectorAll("button[type=submit]")) {
      button.disabled = isBusy;
    }
  }

  stop(problem = "") {
    this.cancel.remove();
    this.progress.hidden = true;
    this.setBusy(false);
    this.show(problem ? [problem] : []);
  }

  onLoad(request) {
    const target = request.getResponseHeader("Location");
    if (request.status === 201 && target) {
      const url = new URL(target, location.href);
      const isHere = url.pathname === location.pathname && url.search === location.search;
      location.assign(url);
      if (isHere) location.reload();
      return;
    }
    const fresh = request.response?.querySelector(".st-root");
    const isForm = request.responseURL === this.form.action && fresh?.querySelector("form");
    if (!isForm) {
      this.stop(this.text("Failed"));
      return;
    }
    document.querySelector(".st-root").replaceWith(document.adoptNode(fresh));
    const [again] = enhance();
    again?.add(this.files);
    document.dispatchEvent(new Event("st-replaced"));
    document.querySelector(".st-root :is(.st-conflict, .st-errors)")?.focus();
  }
}

const enhance = () => {
  const boxes = [...document.querySelectorAll(".st-root [data-st-files]:not([data-st-ready])")];
  return boxes.map((box) => {
    box.dataset.stReady = "yes";
    return new Files(box);
  });
};

enhance();
document.addEventListener("st-replaced", enhance);
