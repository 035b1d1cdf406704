/**
 * The models that have a name. Sizes and hashes are those of the public hub's files at the commit, as it lists them (Git LFS)
 * and as independent projects have pinned them; a file that none was found of has none here, is checked by what the server
 * says of it, and its hash is printed.
 */

/** A file of a source repository. */
export interface PresetFile {
  /** Inside the repository. */
  path: string;
  /** Its size. */
  bytes?: number;
  /** In lower-case hex. */
  sha256?: string;
}

/** A model that has a name. */
export interface Preset {
  /** The name by which a page opens it: that of its folder. */
  name: string;
  /** What it makes: vectors of texts, or scores of pairs of query and passage. */
  kind: "embedding" | "reranking";
  /** `owner/name` on the hub; the model's public name, too. */
  repository: string;
  commit: string;
  /** An SPDX expression, as in the model's card. */
  license: string;
  languages: string;
  /** The size of the converted folder, in megabytes. */
  megabytes: number;
  purpose: string;
  /** All that the conversion reads, and nothing else is asked for. */
  files: PresetFile[];
  /** The texts before queries and passages, where the model was trained with them and the repository's files do not say so. */
  queryPrefix?: string;
  passagePrefix?: string;
}

/** The steps of a model that takes the mean or the first token and normalises: many repositories have the same bytes. */
const MODULES = {
  path: "modules.json",
  bytes: 349,
  sha256: "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
};

/** The tokenizer that bge and the cross-encoders share. */
const UNCASED_TOKENIZER = {
  path: "tokenizer.json",
  bytes: 711_396,
  sha256: "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
};

export const PRESETS: readonly Preset[] = [
  {
    name: "all-minilm-l6-v2",
    kind: "embedding",
    repository: "sentence-transformers/all-MiniLM-L6-v2",
    commit: "1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
    license: "Apache-2.0",
    languages: "English",
    megabytes: 18.2,
    purpose: "the default; the smallest and quickest",
    files: [
      {
        path: "config.json",
        bytes: 612,
        sha256: "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
      },
      {
        path: "tokenizer.json",
        bytes: 466_247,
        sha256: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
      },
      MODULES,
      {
        path: "1_Pooling/config.json",
        bytes: 190,
        sha256: "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
      },
      {
        path: "sentence_bert_config.json",
        bytes: 53,
        sha256: "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
      },
      {
        path: "config_sentence_transformers.json",
        bytes: 116,
        sha256: "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
      },
      {
        path: "model.safetensors",
        bytes: 90_868_376,
        sha256: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
      },
    ],
  },
  {
    name: "bge-small-en-v1.5",
    kind: "embedding",
    repository: "BAAI/bge-small-en-v1.5",
    commit: "5c38ec7c405ec4b44b94cc5a9bb96e735b38267a",
    license: "MIT",
    languages: "English",
    megabytes: 29.5,
    purpose: "finds a little better, takes twice as long to embed",
    files: [
      {
        path: "config.json",
        bytes: 743,
        sha256: "094f8e891b932f2000c92cfc663bac4c62069f5d8af5b5278c4306aef3084750",
      },
      UNCASED_TOKENIZER,
      MODULES,
      {
        path: "1_Pooling/config.json",
        bytes: 190,
        sha256: "d1caf60c96f5fba2157c0c26b76d80818fad6cf0b8eb5e73ec372ff9818eba5c",
      },
      {
        path: "sentence_bert_config.json",
        bytes: 52,
        sha256: "84e39fda68ccbff05bfa723ae9c0e70e23e2ec373b76e0f8c6e71af72a693cbf",
      },
      {
        path: "config_sentence_transformers.json",
        bytes: 124,
        sha256: "940d5f50db195fa6e5e6a4f122c095f77880de259d74b14a65779ed48bdd7c56",
      },
      {
        path: "model.safetensors",
        bytes: 133_466_304,
        sha256: "3c9f31665447c8911517620762200d2245a2518d6e7208acc78cd9db317e21ad",
      },
    ],
    queryPrefix: "Represent this sentence for searching relevant passages: ",
  },
  {
    name: "multilingual-e5-small",
    kind: "embedding",
    repository: "intfloat/multilingual-e5-small",
    commit: "614241f622f53c4eeff9890bdc4f31cfecc418b3",
    license: "MIT",
    languages: "about 100",
    megabytes: 85.9,
    purpose: "many languages, also questions in another one than the documents",
    files: [
      {
        path: "config.json",
        bytes: 655,
        sha256: "69137736cab8b8903a07fe8afaafdda25aac55415a12a55d1bffa9f581abf959",
      },
      {
        path: "tokenizer.json",
        bytes: 17_082_730,
        sha256: "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
      },
      {
        path: "modules.json",
        bytes: 387,
        sha256: "c6e29747481e8b5dd2b58401966aeac910de39092f90cda9a704b1545f902b04",
      },
      {
        path: "1_Pooling/config.json",
        bytes: 200,
        sha256: "987f7a67a38fa564c849bb5d277c52ab9088a84368fc0be31a354125aebb12a0",
      },
      {
        path: "sentence_bert_config.json",
        bytes: 57,
        sha256: "948201d8329907aae938fa62f9ceeed53f5694dacc2b87b9f3b78b37ee986529",
      },
      {
        path: "model.safetensors",
        bytes: 470_641_600,
        sha256: "1a55775f53449dac10a2bcbc312469fac40b96d53198c407081a831f81c98477",
      },
    ],
    queryPrefix: "query: ",
    passagePrefix: "passage: ",
  },
  {
    name: "ms-marco-minilm-l6-v2",
    kind: "reranking",
    repository: "cross-encoder/ms-marco-MiniLM-L6-v2",
    commit: "c5ee24cb16019beea0893ab7796b1df96625c6b8",
    license: "Apache-2.0",
    languages: "English",
    megabytes: 24.4,
    purpose: "a second stage, half the time of the next one",
    files: [
      {
        path: "config.json",
        bytes: 794,
        sha256: "380e02c93f431831be65d99a4e7e5f67c133985bf2e77d9d4eba46847190bacc",
      },
      UNCASED_TOKENIZER,
      {
        path: "model.safetensors",
        bytes: 90_870_598,
        sha256: "821d1aa69520101d6e0737f78a042ae25b19e5cb9160701909d10434f4aeb0ae",
      },
    ],
  },
  {
    name: "ms-marco-minilm-l12-v2",
    kind: "reranking",
    repository: "cross-encoder/ms-marco-MiniLM-L12-v2",
    commit: "7b0235231ca2674cb8ca8f022859a6eba2b1c968",
    license: "Apache-2.0",
    languages: "English",
    megabytes: 30.1,
    purpose: "a second stage; pinned by its commit only, hashes are printed",
    files: [{ path: "config.json" }, { path: "tokenizer.json" }, { path: "model.safetensors" }],
  },
];
