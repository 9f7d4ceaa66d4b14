// Compares Spark's answers to the questions of sql/spark/ with SQLite's, over the datasets of the two recorded months.
//   node --import tsx scripts/check-spark.ts [PYTHON]
// PYTHON (default: python3) has pyspark, and Java 17 is there. Not among the tests: pyspark is 450 MB.
import { inScratch } from "../test/harness.ts";
import { ASKED, compareAnswers, surveyForQuestions } from "../test/sql-questions.ts";

const SPARK = `from pyspark.sql import SparkSession
spark = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    .config("spark.sql.sources.partitionColumnTypeInference.enabled", "false").getOrCreate())
def ask(sql, given):
    used = {name: value for name, value in given.items() if ":" + name in sql}
    return [[value for value in row] for row in spark.sql(sql.rstrip().rstrip(";"), args=used).collect()]`;

const python = process.argv[2] ?? "python3";
await inScratch(async (folder) => compareAnswers("spark", SPARK, python, folder, await surveyForQuestions(folder)));
process.stdout.write(`Spark answers ${Object.keys(ASKED).join(", ")} as SQLite does.\n`);
