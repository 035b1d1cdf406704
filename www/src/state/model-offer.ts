/** The models of this site, of which none is fetched before the reader agrees to its size. */
import { keep, readKept } from "./kept.js";

export const MODEL = `${import.meta.env.BASE_URL}models/all-minilm-l6-v2/`;

/** What reads the best passages again, where that is asked for. */
export const RERANKER = `${import.meta.env.BASE_URL}models/ms-marco-minilm-l12-v2/`;

export interface ModelOffer {
  /** How much would be fetched; absent where that is not known, or not yet. */
  bytes: number | undefined;
}

/** Where it is kept that the reader has agreed. Without storage it holds until the page is closed. */
const KEPT = "ibid-demo-model";

let agreed = readKept(KEPT) === "agreed";

export function hasAgreed(): boolean {
  return agreed;
}

export function keepAgreement(): void {
  agreed = true;
  keep(KEPT, "agreed");
}

/** Reads how large a model is from its description, which is all that is fetched of it. */
export async function modelOffer(folder: string): Promise<ModelOffer> {
  try {
    const response = await fetch(new URL("model.json", new URL(folder, document.baseURI)));
    const { files } = (await response.json()) as { files: Record<string, { bytes: number }> };
    return { bytes: Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0) };
  } catch {
    return { bytes: undefined }; // what is wrong is told when the model itself is wanted
  }
}
