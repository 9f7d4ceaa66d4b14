/** The version of the method: it goes up, with a line in CHANGELOG.md, whenever a change moves the numbers. */
export const METHOD = "1";
