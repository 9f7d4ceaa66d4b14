// Killed at any moment, a survey has lost nothing: alone, and by workers.
import { KILLING, testOrdeals } from "./ordeals.ts";

testOrdeals(KILLING);
