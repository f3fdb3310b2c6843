// Cutting a picture to a square before it goes up. Loaded once somebody has chosen one, and with it the cropper.

const edge = 2048; // px of the longer side that is worked on: what a phone has room for
const largest = 1600; // px of what is sent: twice the largest square that is shown
const pixels = 100e6; // more would take a phone's whole memory
const step = 0.04; // of the frame, that one key or button moves the picture
let ready = null;

// load gets the cropper, once.
function load(box) {
  ready ??= Promise.all([
    import(box.dataset.cropper), // it puts itself under its name
    new Promise((done, failed) => {
      const style = document.createElement("link");
      Object.assign(style, { rel: "stylesheet", href: box.dataset.sheet, onload: done, onerror: failed });
      document.head.append(style);
    }),
  ]);
  ready.catch(() => (ready = null)); // a lost connection: the next picture tries again
  return ready;
}

// Unusable is a file that is no picture for us. Its message is the name of a sentence of the page.
export class Unusable extends Error {}

// shrunk is a large picture in a size, made beside the page's own work, which goes on meanwhile; null where it can't be.
async function shrunk(file, { width, height }) {
  const size = { resizeWidth: width, resizeHeight: height, resizeQuality: "high" };
  const small = await createImageBitmap(file, size).catch(() => null);
  return small?.width === width && small.height === height ? small : null;
}

// draw puts a picture on a canvas, upright and no larger than is worked on.
async function draw(file) {
  const image = new Image();
  const source = URL.createObjectURL(file);
  try {
    await new Promise((done, failed) => {
      Object.assign(image, { onload: done, onerror: () => failed(new Unusable("unreadable")), src: source });
    });
    const [width, height] = [image.naturalWidth, image.naturalHeight];
    if (width * height === 0) throw new Unusable("unreadable");
    if (width * height > pixels) throw new Unusable("pixels");
    const scale = Math.min(1, edge / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    const small = scale < 1 ? await shrunk(file, canvas) : null;
    if (!small) await image.decode().catch(() => {
      throw new Unusable("pixels");
    });
    context.drawImage(small ?? image, 0, 0, canvas.width, canvas.height);
    small?.close();
    return canvas;
  } finally {
    URL.revokeObjectURL(source);
  }
}

// seeThrough tells whether some of a picture is transparent, by a small copy of it.
function seeThrough(canvas) {
  const small = document.createElement("canvas");
  small.width = small.height = 64;
  const context = small.getContext("2d");
  context.drawImage(canvas, 0, 0, 64, 64);
  const { data } = context.getImageData(1, 1, 62, 62); // the outermost are mixed with what is around
  for (let i = 3; i < data.length; i += 4) if (data[i] < 250) return true;
  return false;
}

const blobOf = (canvas, type) => new Promise((done) => canvas.toBlob(done, type, 0.92));

// cut shows a file in the box, to be moved and zoomed. The answer makes the cut picture, and takes it off the page again.
export async function cut(box, file, maxBytes) {
  if (file.type === "image/svg+xml") throw new Unusable("unreadable");
  const [canvas] = await Promise.all([draw(file), load(box)]);
  const type = file.type !== "image/jpeg" && seeThrough(canvas) ? "image/png" : "image/jpeg";
  const shown = URL.createObjectURL(await blobOf(canvas, type));
  const stage = box.querySelector(".cut-stage");
  const image = new Image();
  image.alt = "";
  image.src = shown;
  box.hidden = false; // the cropper measures it
  stage.replaceChildren(image);
  const smallest = Math.min(canvas.width, canvas.height, 100); // px of the picture that fill the frame at most
  const cropper = await new Promise((done) => {
    const made = new globalThis.Cropper(image, {
      aspectRatio: 1, viewMode: 3, autoCropArea: 1, dragMode: "move", cropBoxMovable: false, cropBoxResizable: false,
      toggleDragModeOnDblclick: false, guides: false, center: false, highlight: false, background: false,
      checkOrientation: false, checkCrossOrigin: false, minContainerWidth: 100, minContainerHeight: 100,
      ready: () => done(made),
      zoom: (event) => {
        if (event.detail.ratio > event.detail.oldRatio && stage.clientWidth / event.detail.ratio < smallest) event.preventDefault();
      },
    });
  });

  const move = (x, y) => cropper.move(x * step * stage.clientWidth, y * step * stage.clientWidth);
  const keys = {
    ArrowLeft: () => move(-1, 0), ArrowRight: () => move(1, 0), ArrowUp: () => move(0, -1), ArrowDown: () => move(0, 1),
    "+": () => cropper.zoom(0.1), "=": () => cropper.zoom(0.1), "-": () => cropper.zoom(-0.1),
  };
  const over = new AbortController();
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }, over);
  box.addEventListener("click", (event) => {
    const tool = event.target.closest(".cut-tool")?.dataset;
    if (!tool) return;
    if ("turn" in tool) cropper.rotate(90);
    else if (tool.zoom) cropper.zoom(0.1 * tool.zoom);
    else move(Number(tool.x ?? 0), Number(tool.y ?? 0));
  }, over);

  return {
    // picture is what is in the frame, as a file. It is made smaller until it is one that is taken.
    async picture() {
      for (let size = largest; ; size = Math.round(size * 0.7)) {
        const piece = cropper.getCroppedCanvas({
          maxWidth: size, maxHeight: size, imageSmoothingQuality: "high", fillColor: type === "image/jpeg" ? "#ffffff" : "transparent",
        });
        const blob = await blobOf(piece, type);
        if (blob.size <= maxBytes || size < 200) return new File([blob], type === "image/png" ? "picture.png" : "picture.jpg", { type });
      }
    },
    end() {
      over.abort();
      cropper.destroy();
      stage.replaceChildren();
      box.hidden = true;
      URL.revokeObjectURL(shown);
    },
  };
}
