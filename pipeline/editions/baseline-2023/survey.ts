// Whose the data of 2023 are.

/** The survey of 2023, as whatever holds its data names it. */
export const SURVEY_2023 = {
  title: "Vendored libraries in Python distributions",
  givenNames: "Seth",
  familyNames: "Larson",
  year: 2023,
  url: "https://github.com/sethmlarson/vendored-libraries-in-python-dists",
  licence: { id: "Apache-2.0", title: "Apache License 2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
  /** What was done to its rows here. */
  changes: "a header, project names normalized, rows sorted, no row twice",
};
