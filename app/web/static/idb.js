// The few steps of IndexedDB that the rest needs, as promises.

/** Opens a database and makes its stores: {name: keyPath}. */
export function openDatabase(name, stores) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      for (const [store, keyPath] of Object.entries(stores)) {
        request.result.createObjectStore(store, { keyPath });
      }
    };
    request.onsuccess = () => {
      // Another window may wipe everything: do not hold it up.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
}

/** Does one thing in one store, and waits until it lies on the disk. */
function doing(database, store, mode, act) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode, { durability: "strict" });
    const request = act(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
  });
}

export const read = (database, store, key) => doing(database, store, "readonly", (s) => s.get(key));
export const readAll = (database, store) => doing(database, store, "readonly", (s) => s.getAll());
export const write = (database, store, row) => doing(database, store, "readwrite", (s) => s.put(row));
export const erase = (database, store, key) => doing(database, store, "readwrite", (s) => s.delete(key));

/**
 * Reads, changes and writes one row in one transaction, so that nothing of another window comes in
 * between. `act` gets the row, or undefined, and returns what is to be kept; undefined keeps all
 * as it is. Returns the row as it is then.
 */
export function change(database, store, key, act) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, "readwrite", { durability: "strict" });
    const rows = transaction.objectStore(store);
    const request = rows.get(key);
    let row;
    request.onsuccess = () => {
      const after = act(request.result);
      row = after ?? request.result;
      if (after !== undefined) rows.put(after);
    };
    transaction.oncomplete = () => resolve(row);
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
  });
}

/** Deletes a whole database, also while another window still has it open. */
export function deleteDatabase(name) {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = request.onerror = request.onblocked = () => resolve();
  });
}
