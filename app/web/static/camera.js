// Reads codes with the camera where the browser offers it; without it nobody misses anything.

const FORMATS = ["data_matrix", "code_128", "qr_code", "ean_13"];

export async function canScan() {
  if (!("BarcodeDetector" in globalThis) || navigator.mediaDevices === undefined) return false;
  const known = await globalThis.BarcodeDetector.getSupportedFormats();
  return FORMATS.some((format) => known.includes(format));
}

// Shows the camera in `video` until a code is read or `signal` stops it; returns the text or null.
export async function scanWith(video, signal) {
  const known = await globalThis.BarcodeDetector.getSupportedFormats();
  const detector = new globalThis.BarcodeDetector({ formats: FORMATS.filter((each) => known.includes(each)) });
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  try {
    video.srcObject = stream;
    await video.play();
    while (!signal.aborted) {
      const [found] = await detector.detect(video);
      if (found !== undefined) return found.rawValue;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    return null;
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}
