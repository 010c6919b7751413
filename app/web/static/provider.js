// Goes to the sign-in of the organisation, whose address the server makes anew each time.

for (const place of document.querySelectorAll("[data-provider]")) {
  const button = place.querySelector("button");
  const said = place.querySelector(".said");
  button.addEventListener("click", async () => {
    button.disabled = true;
    const response = await fetch("/api/v1" + place.dataset.provider, { method: "POST" });
    const answer = await response.json();
    if (response.ok) {
      location.assign(answer.address);
      return;
    }
    said.textContent = answer.detail;
    button.disabled = false;
  });
}
