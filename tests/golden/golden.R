# Fit the simulated readings with R, and write what it says to golden.json.
#
#   Rscript tests/golden/golden.R
#
# Needs r-base-core, r-cran-nlme and r-cran-segmented (Debian). Tests read golden.json alone.
#
# gls:       value ~ year + slump + hinge, continuous-time AR(1) in every cycle (corCAR1), for given
#            correlations of readings one day apart and for the one that fits best.
# lme:       the same with a random level of each cycle.
# segmented: level of each cycle, flat until a break point, then a straight fall.
# lm:        levels of cycles over time, weighted by sampling variance and scatter.

suppressPackageStartupMessages({
  library(nlme)
  library(segmented)
})

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
interval <- 28 # days; the planned end of every cycle
onset <- 0.6 # of it, where the hinge of the test begins
stops <- 1.1 # of it, where the fall goes on no further
slump_days <- 10
fixed_phi <- c(0.15, 0.3, 0.6)

file_of <- function(name) file.path(here, "data", paste0(name, ".csv"))

readings <- function(name) {
  data <- read.csv(file_of(name))
  data$year <- (data$at - mean(data$at)) / 365.25
  data$slump <- pmax(0, 1 - data$day / slump_days)
  data$hinge <- pmax(0, pmin(data$day / interval, stops) - onset) / (1 - onset)
  data
}

model <- value ~ year + slump + hinge

numbers <- function(fit, coefficients, phi) {
  list(
    phi = phi,
    coefficients = as.list(coefficients),
    standard_errors = as.list(sqrt(diag(fit$varFix %||% fit$varBeta))),
    sigma = fit$sigma,
    log_likelihood = as.numeric(logLik(fit))
  )
}

`%||%` <- function(one, other) if (is.null(one)) other else one

phi_of <- function(fit) {
  as.numeric(coef(fit$modelStruct$corStruct, unconstrained = FALSE))
}

fit_gls <- function(data, method, phi = NULL) {
  correlation <- corCAR1(
    value = phi %||% 0.3, form = ~ day | cycle, fixed = !is.null(phi)
  )
  control <- glsControl(tolerance = 1e-12, msTol = 1e-14, maxIter = 500, msMaxIter = 500)
  fit <- gls(model, data, correlation, method = method, control = control)
  numbers(fit, coef(fit), phi %||% phi_of(fit))
}

fit_lme <- function(data, phi) {
  correlation <- corCAR1(value = phi, form = ~ day | cycle, fixed = TRUE)
  control <- lmeControl(
    tolerance = 1e-12, msTol = 1e-14, niterEM = 200, maxIter = 500, msMaxIter = 500
  )
  fit <- lme(model, data, random = ~ 1 | cycle, correlation, method = "REML", control = control)
  answer <- numbers(fit, fixef(fit), phi)
  answer$level_variance <- as.numeric(getVarCov(fit))
  answer
}

fits <- function(name, estimated) {
  data <- readings(name)
  answer <- list()
  for (method in c("ML", "REML")) {
    given <- lapply(fixed_phi, function(phi) fit_gls(data, method, phi))
    if (estimated) given <- c(given, list(fit_gls(data, method)))
    answer[[method]] <- given
  }
  list(gls = answer, lme = lapply(fixed_phi, function(phi) fit_lme(data, phi)))
}

break_point <- function(name) {
  data <- readings(name)
  start <- lm(value ~ factor(cycle), data)
  fit <- segmented(start, seg.Z = ~day, psi = 16, control = seg.control(seed = 1, n.boot = 20))
  found <- confint(fit, level = 0.9)
  list(
    onset_day = fit$psi[, "Est."],
    standard_error = fit$psi[, "St.Err"],
    low = found[1, 2],
    high = found[1, 3],
    fall_a_day = -slope(fit)$day[2, "Est."],
    sigma = summary(fit)$sigma
  )
}

level_trend <- function(name) {
  data <- read.csv(file_of(name))
  plain <- lm(level ~ year, data)
  data$weight <- 1 / (data$variance + summary(plain)$sigma^2)
  fit <- lm(level ~ year, data, weights = weight)
  line <- summary(fit)$coefficients["year", ]
  interval <- confint(fit, "year", level = 0.9)
  list(
    per_year = line[["Estimate"]],
    standard_error = line[["Std. Error"]],
    low = interval[1],
    high = interval[2],
    p_decline = pt(line[["t value"]], fit$df.residual)
  )
}

# A list as JSON; numbers with all the digits that are worth comparing.
as_json <- function(value, indent = "") {
  if (!is.list(value)) {
    if (is.numeric(value)) return(sprintf("%.12g", value))
    return(paste0("\"", value, "\""))
  }
  inner <- paste0(indent, "  ")
  parts <- vapply(value, as_json, "", indent = inner)
  named <- !is.null(names(value))
  if (named) parts <- paste0("\"", names(value), "\": ", parts)
  ends <- if (named) c("{", "}") else c("[", "]")
  paste0(ends[1], "\n", paste0(inner, parts, collapse = ",\n"), "\n", indent, ends[2])
}

series <- c(
  "grip_daily", "grip_twice", "grip_weekly", "rating_daily", "rating_twice", "rating_weekly"
)
breaks <- c("break_middle", "break_late", "break_correlated")
golden <- list(
  made_with = list(
    R = R.version.string,
    nlme = as.character(packageVersion("nlme")),
    segmented = as.character(packageVersion("segmented"))
  ),
  md5 = as.list(sapply(
    c(series, breaks, "levels"), function(name) unname(tools::md5sum(file_of(name)))
  )),
  # Three readings a cycle cannot tell the correlation: there it is only given, not estimated.
  series = sapply(
    series, function(name) fits(name, estimated = grepl("daily", name)), simplify = FALSE
  ),
  breaks = sapply(breaks, break_point, simplify = FALSE),
  levels = level_trend("levels")
)
writeLines(as_json(golden), file.path(here, "golden.json"))
