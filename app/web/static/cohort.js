// Reads the mark of the cohort's chart that the pointer or the keyboard is on. Every mark carries
// its own words, and leads to the patient's record without this too.

const readout = document.getElementById("cohort-readout");

function read(event) {
  const words = event.target.closest(".cohort-chart a")?.getAttribute("aria-label");
  if (words && readout) readout.textContent = words;
}

for (const chart of document.querySelectorAll(".cohort-chart")) {
  chart.addEventListener("pointerover", read);
  chart.addEventListener("focusin", read);
}
