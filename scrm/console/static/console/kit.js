/* Only for the kit page: toasts on demand. */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-toast-sample]");
  if (!button) return;
  const level = button.dataset.toastSample;
  const undo = level === "success" ? "/console/kit/part/undo/" : "";
  scrm.toast({ level, undo, text: `${button.textContent} · 已打上 12 个标签` });
});
