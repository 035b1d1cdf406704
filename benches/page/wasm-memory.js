// The memory of WebAssembly instances, which `measureUserAgentSpecificMemory` leaves out.

const memories = new Set();

function watch(name) {
  const original = WebAssembly[name];
  WebAssembly[name] = async (...args) => {
    const result = await original(...args);
    const { exports } = result.instance ?? result;
    for (const value of Object.values(exports)) if (value instanceof WebAssembly.Memory) memories.add(value);
    return result;
  };
}

watch("instantiate");
watch("instantiateStreaming");

/** Bytes that all instances made since this module was loaded have grown to. */
export const wasmBytes = () => [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
