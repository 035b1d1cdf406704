/** Freeing what is kept of models on this device. */
import { attempt, notesFolder, openCache, type Place, placeOf, SIZE_HEADER } from "./entries.js";

/**
 * Removes the files of all model folders, and parts of them; returns how many bytes they had. What is noted stays: which
 * models collections need, whose files may come again, and which kernels their vectors were computed with.
 */
export async function removeModelFiles(): Promise<number> {
  const cache = await openCache();
  const requests = (await attempt(() => cache?.keys())) ?? [];
  const isNote = ({ folder, file }: Place) => folder === notesFolder() && !file.includes(".");
  let freed = 0;
  for (const { request } of requests.flatMap(placeOf).filter((place) => !isNote(place))) {
    const entry = await attempt(() => cache?.match(request));
    if (await attempt(() => cache?.delete(request))) {
      freed += Number(entry?.headers.get(SIZE_HEADER) ?? 0);
    }
  }
  return freed;
}
