// Draws the document with Redoc; its style elements carry the page's nonce.
(() => {
  const place = document.getElementById("reference");
  const nonce = document.querySelector("script[nonce]").nonce;
  window.Redoc.init(
    place.dataset.document,
    { nonce, hideDownloadButton: true, expandResponses: "200,201", requiredPropsFirst: true, sortTagsAlphabetically: true },
    place,
  );
})();
