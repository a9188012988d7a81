// Use dark native controls, such as date pickers, where the host's text is light. The rest of our
// pages follows the host without a script.

export const followHost = () => {
  const root = document.querySelector(".st-admin, .st-root");
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!canvas) return;
  canvas.fillStyle = getComputedStyle(root).color; // parses any color syntax
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
  root.classList.toggle("st-on-dark", red * 0.3 + green * 0.6 + blue * 0.1 > 130);
};
