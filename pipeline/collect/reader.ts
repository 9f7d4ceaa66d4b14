/**
 * The version of what reads a wheel's end. It goes up when more or other facts are taken from a wheel; wheels that an older
 * one has read are read again when a later edition lists them. Version 1 kept no listing.
 */
export const READER = 2;
