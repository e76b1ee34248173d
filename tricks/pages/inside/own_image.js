// An image from a file, the clipboard, a drop, the camera or the test images. The browser decodes it, cuts its middle
// square, shrinks that to what the network sees, and sends no more than those bytes.
const SIDE = 32, MOST_BYTES = 50e6;

// The middle square on white, halved until it is nearly as small as wanted, so that no pixel is passed over.
function shrink(source, width, height) {
  const square = Math.min(width, height);
  let size = SIDE;
  while (size * 2 <= Math.min(square, 1024)) size *= 2;
  let canvas = paint(source, (width - square) / 2, (height - square) / 2, square, size);
  while (size > SIDE) canvas = paint(canvas, 0, 0, size, (size /= 2));
  const {data} = canvas.getContext("2d").getImageData(0, 0, SIDE, SIDE);
  return btoa(String.fromCharCode(...data.filter((_, place) => place % 4 < 3)));
}

function paint(source, left, top, square, size) {
  const canvas = Object.assign(document.createElement("canvas"), {width: size, height: size});
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, size, size);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, left, top, square, square, 0, 0, size, size);
  return canvas;
}

export default function ({data, parentElement, setStateValue}) {
  const find = (name) => parentElement.querySelector(name);
  const [file, drop, camera, video, status, tests] =
    ["input", ".drop", ".camera", "video", "[role=status]", ".tests"].map(find);
  const say = (words) => { status.textContent = words; };

  async function take(blob) {
    if (!blob) return say("There is no image in it.");
    if (blob.size > MOST_BYTES) return say("That file is larger than 50 MB: choose a smaller one.");
    say("Reading the image …");
    try {
      const image = await createImageBitmap(blob);
      setStateValue("choice", {pixels: shrink(image, image.width, image.height)});
      image.close();
      say("");
    } catch {
      say("Your browser cannot read that as an image: choose another file, a JPEG or PNG for example.");
    }
  }

  function stop() {
    for (const track of video.srcObject?.getTracks() ?? []) track.stop();
    video.srcObject = null;
    video.hidden = true;
    camera.textContent = "Camera";
  }

  async function shoot() {
    if (video.srcObject) {
      if (video.videoWidth)
        setStateValue("choice", {pixels: shrink(video, video.videoWidth, video.videoHeight)});
      return stop();
    }
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({video: {facingMode: "environment"}});
      video.hidden = false;
      camera.textContent = "Take the picture";
      say("");
      await video.play();
    } catch {
      stop();
      say("There is no camera that this page may use.");
    }
  }

  file.onchange = () => { if (file.files.length) take(file.files[0]); file.value = ""; };
  drop.ondragover = (event) => event.preventDefault();
  drop.ondrop = (event) => { event.preventDefault(); take(event.dataTransfer.files[0]); };
  camera.hidden = !navigator.mediaDevices;  // Browsers give the camera to HTTPS alone.
  camera.onclick = shoot;
  const paste = (event) => { if (event.clipboardData?.files.length) take(event.clipboardData.files[0]); };
  document.addEventListener("paste", paste);

  tests.replaceChildren(...data.tests.map(({place, label, source}) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(Object.assign(new Image(), {src: source, alt: `Test image ${place}, label ${label}`}));
    button.ariaPressed = place === data.chosen;
    button.onclick = () => { say(""); setStateValue("choice", {place}); };
    return button;
  }));
  find(".heading").hidden = !data.tests.length;
  return () => { document.removeEventListener("paste", paste); stop(); };
}
