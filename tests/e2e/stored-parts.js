// What a collection has stored in IndexedDB, for the page: functions that `evaluate` takes there.

/** The stored parts of the collection `papers`, as names and bytes. */
export function storedParts() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("ibid/papers");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const parts = opening.result.transaction("parts").objectStore("parts");
      const [keys, values] = [parts.getAllKeys(), parts.getAll()];
      values.onsuccess = () => {
        opening.result.close();
        resolve(keys.result.map(([name], at) => ({ name, bytes: new Uint8Array(values.result[at]) })));
      };
    };
  });
}

/** Turns a bit in the middle of every stored part of the collection `papers` whose name begins so; returns how many. */
export function damageParts(prefix) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("ibid/papers");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("parts", "readwrite");
      let damaged = 0;
      transaction.objectStore("parts").openCursor().onsuccess = ({ target }) => {
        const cursor = target.result;
        if (cursor === null) return;
        if (cursor.key[0].startsWith(prefix)) {
          const bytes = new Uint8Array(cursor.value);
          bytes[bytes.length >> 1] ^= 1;
          cursor.update(bytes.buffer);
          damaged++;
        }
        cursor.continue();
      };
      transaction.onabort = () => reject(transaction.error);
      transaction.oncomplete = () => {
        opening.result.close();
        resolve(damaged);
      };
    };
  });
}
