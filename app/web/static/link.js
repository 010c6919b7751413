// Takes the secret from behind the # of the link, where no server and no log sees it, and out of
// the address, so that it does not stay in the history.

const place = document.querySelector("[data-link] .without-script");
const secret = location.hash.slice(1);
if (secret === "") {
  place.classList.remove("without-script"); // Somebody came without it, and may type it.
} else {
  history.replaceState(null, "", location.pathname);
  place.querySelector("input").value = secret;
}
