// @ts-check
// A file of the site, or an error that says which it was.

/** @param {string | URL} address @returns {Promise<Response>} */
export async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response;
}
