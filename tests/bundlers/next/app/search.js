"use client";

import { openCollection } from "ibid";
import { useEffect } from "react";
import { job } from "../../job.js";

export function Search() {
  useEffect(() => {
    job(openCollection);
  }, []);
  return <p>Searching</p>;
}
