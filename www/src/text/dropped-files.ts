/** The files in what is dropped or picked, folders with all that is in them. */
import { isReadable } from "./kinds.js";

/** A file that is to be added, under its path where it comes from a folder, else under its name. */
export interface PickedFile {
  id: string;
  file: File;
}

export interface Picked {
  files: PickedFile[];
  /** The paths of what a folder holds and is left out: hidden files, and those that cannot be read. */
  skipped: string[];
}

/** What a file chooser gives. Files that are picked one by one are all taken; of a folder, what can be read. */
export function pickedFiles(files: Iterable<File>): Picked {
  const picked: Picked = { files: [], skipped: [] };
  for (const file of files) {
    const path = file.webkitRelativePath;
    if (path === "") {
      picked.files.push({ id: file.name, file });
    } else {
      sort(picked, path, file);
    }
  }
  return inOrder(picked);
}

/** Whether files are dragged, and not a part of a page. */
export function hasFiles(event: DragEvent): event is DragEvent & { readonly dataTransfer: DataTransfer } {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** What is dropped. Must be called while the event is handled: afterwards the data is gone. */
export function droppedFiles(data: DataTransfer): Promise<Picked> {
  const items = [...data.items].filter(({ kind }) => kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? null);
  const files = items.map((item) => item.getAsFile());
  return (async () => {
    const picked: Picked = { files: [], skipped: [] };
    for (const [at, entry] of entries.entries()) {
      const file = files[at];
      if (entry?.isDirectory) {
        await walk(picked, entry as FileSystemDirectoryEntry);
      } else if (file) {
        picked.files.push({ id: file.name, file });
      }
    }
    return inOrder(picked);
  })();
}

async function walk(picked: Picked, root: FileSystemDirectoryEntry): Promise<void> {
  const waiting: FileSystemEntry[] = [root];
  for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
    const path = entry.fullPath.replace(/^\//, "");
    if (entry !== root && isHidden(entry.name)) {
      picked.skipped.push(path);
      continue;
    }
    try {
      if (entry.isDirectory) {
        waiting.push(...(await children(entry as FileSystemDirectoryEntry)));
      } else {
        sort(picked, path, await fileOf(entry as FileSystemFileEntry));
      }
    } catch {
      picked.skipped.push(path); // the system does not let us read it
    }
  }
}

/** All that is in a folder; a reader gives it in parts. */
async function children(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  while (true) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) {
      return all;
    }
    all.push(...some);
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

function sort({ files, skipped }: Picked, path: string, file: File): void {
  // The folder itself was chosen, whatever its name.
  const inside = path.split("/").slice(1);
  if (inside.some(isHidden) || !isReadable(file.name)) {
    skipped.push(path);
  } else {
    files.push({ id: path, file });
  }
}

function isHidden(name: string): boolean {
  return name.startsWith(".");
}

/** What comes from folders by its paths, after what was picked one by one. */
function inOrder({ files, skipped }: Picked): Picked {
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  const single = files.filter(({ id, file }) => id === file.name);
  const inFolders = files.filter(({ id, file }) => id !== file.name);
  return {
    files: [...single, ...inFolders.sort((a, b) => compare(a.id, b.id))],
    skipped: skipped.sort(compare),
  };
}
