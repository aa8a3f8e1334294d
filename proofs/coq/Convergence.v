(** * Convergence

    As long as a trajectory stays in the region with alpha bounded from below, the sums of b and
    of s are finite: so the loss tends to 0 and alpha converges, and if beta1 is never 0, not
    above the edge. Theorem 8 gives hypotheses on the start under which clipped gradient descent does
    so; that a is never 1 and that beta1 is not 0 at the start remain hypotheses of the limit. *)

From Coq Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Edgecert Require Import Model Identities Sharpness Invariants FinalTrap LowerBound DeltaTrap.
Open Scope R_scope.

(** ** Sums *)

Fixpoint partial_sum (u : nat -> R) n :=
  match n with
  | O => 0
  | S n => partial_sum u n + u n
  end.

(** A bounded sum of nonnegative terms is Cauchy. *)
Lemma partial_sum_cauchy u M :
  (forall n, 0 <= u n) -> (forall n, partial_sum u n <= M) ->
  forall eps, 0 < eps ->
  exists N, forall n k, (N <= n)%nat -> partial_sum u (n + k) - partial_sum u n <= eps.
Proof.
  intros Hu HM eps He.
  assert (Hg : Un_growing (partial_sum u)) by (intros n; simpl; specialize (Hu n); lra).
  destruct (growing_cv (partial_sum u) Hg) as [l Hl].
  { exists M. intros y [n Hn]. rewrite Hn. apply HM. }
  destruct (Hl eps He) as [N HN]. exists N. intros n k Hn.
  pose proof (growing_ineq _ _ Hg Hl (n + k)) as H1.
  specialize (HN n Hn). unfold R_dist in HN.
  pose proof (Rle_abs (- (partial_sum u n - l))) as H2. rewrite Rabs_Ropp in H2. lra.
Qed.

Section Convergence.

Context {m : model} {pos : positive_model}.

Variables (x : state) (alpha_low : R).
Hypothesis low_pos : 0 < alpha_low.
Hypothesis stays : forall n, region (iterate n x) /\ alpha_low <= alpha (iterate n x).

(** alpha b and e beta2 s, by which alpha falls and rises. *)
Definition move n :=
  alpha (iterate n x) * b (iterate n x) + e * beta2 (iterate n x) * s (iterate n x).

Lemma move_nonneg n : 0 <= move n.
Proof.
  destruct (stays n) as [Hr Ha]. pose proof (region_s _ Hr). destruct Hr as (_ & H2 & _).
  pose proof (b_ge_0 (iterate n x)). pose proof e_pos. unfold move. nonneg.
Qed.

Lemma beta2_bounds n : 0 < beta2 (iterate n x) <= / alpha_low.
Proof.
  destruct (stays n) as [Hr Ha]. split; [apply Hr|]. apply beta2_le; [exact Hr|lra].
Qed.

(** e beta2 s <= (beta2' - beta2)/alpha_low^2. *)
Lemma rise_le n :
  e * beta2 (iterate n x) * s (iterate n x)
  <= (beta2 (iterate (S n) x) - beta2 (iterate n x)) * (/ alpha_low * / alpha_low).
Proof.
  destruct (stays n) as [Hr Ha]. pose proof (region_s _ Hr) as Hs. pose proof e_pos as He.
  pose proof (beta2_bounds n) as H2. pose proof (Rinv_0_lt_compat _ low_pos) as Hi.
  change (iterate (S n) x) with (step (iterate n x)). rewrite beta2_step.
  set (y := iterate n x) in *.
  replace ((beta2 y + e * alpha y * s y - beta2 y) * (/ alpha_low * / alpha_low))
    with (e * s y * (alpha y * / alpha_low * / alpha_low)) by ring.
  replace (e * beta2 y * s y) with (e * s y * beta2 y) by ring.
  apply Rmult_le_compat_l; [nonneg|]. apply Rle_trans with (1 := proj2 H2).
  rewrite <- (Rmult_1_l (/ alpha_low)) at 1. apply Rmult_le_compat_r; [lra|].
  rewrite <- (Rinv_r alpha_low) by lra. apply Rmult_le_compat_r; lra.
Qed.

Lemma sum_of_rises n :
  partial_sum (fun j => e * beta2 (iterate j x) * s (iterate j x)) n
  <= (beta2 (iterate n x) - beta2 x) * (/ alpha_low * / alpha_low).
Proof.
  induction n as [|n IH]; simpl partial_sum.
  - simpl. lra.
  - pose proof (rise_le n). lra.
Qed.

Lemma sum_of_moves n :
  partial_sum move n
  <= alpha x - alpha (iterate n x)
     + 2 * ((beta2 (iterate n x) - beta2 x) * (/ alpha_low * / alpha_low)).
Proof.
  assert (E : partial_sum move n
              = alpha x - alpha (iterate n x)
                + 2 * partial_sum (fun j => e * beta2 (iterate j x) * s (iterate j x)) n).
  { induction n as [|n IH]; simpl partial_sum; [simpl; ring|].
    rewrite IH. change (iterate (S n) x) with (step (iterate n x)). rewrite alpha_step.
    unfold move. ring. }
  rewrite E. pose proof (sum_of_rises n). lra.
Qed.

Lemma moves_bounded n :
  partial_sum move n <= alpha x + 2 * (/ alpha_low * (/ alpha_low * / alpha_low)).
Proof.
  pose proof (sum_of_moves n) as H. pose proof (beta2_bounds n) as H2. pose proof (beta2_bounds 0) as H0.
  simpl in H0. destruct (stays n) as [_ Ha]. pose proof (Rinv_0_lt_compat _ low_pos) as Hi.
  assert ((beta2 (iterate n x) - beta2 x) * (/ alpha_low * / alpha_low)
          <= / alpha_low * (/ alpha_low * / alpha_low))
    by (apply Rmult_le_compat_r; [nonneg|lra]).
  lra.
Qed.

Lemma move_eventually_small eps :
  0 < eps -> exists N, forall n, (N <= n)%nat -> move n <= eps.
Proof.
  intros He. destruct (partial_sum_cauchy move _ move_nonneg moves_bounded eps He) as [N HN].
  exists N. intros n Hn. specialize (HN n 1%nat Hn).
  replace (n + 1)%nat with (S n) in HN by lia. simpl in HN. lra.
Qed.

Theorem b_tends_to_0 eps :
  0 < eps -> exists N, forall n, (N <= n)%nat -> b (iterate n x) <= eps.
Proof.
  intros He. destruct (move_eventually_small (alpha_low * eps)) as [N HN].
  { now apply Rmult_lt_0_compat. }
  exists N. intros n Hn. specialize (HN n Hn). unfold move in HN.
  destruct (stays n) as [Hr Ha]. pose proof (region_s _ Hr). pose proof (b_ge_0 (iterate n x)).
  pose proof (beta2_bounds n). pose proof e_pos.
  assert (0 <= e * beta2 (iterate n x) * s (iterate n x)) by nonneg.
  assert (alpha_low * b (iterate n x) <= alpha (iterate n x) * b (iterate n x))
    by (apply Rmult_le_compat_r; lra).
  apply Rmult_le_reg_l with alpha_low; lra.
Qed.

Lemma beta2_not_falling n : beta2 x <= beta2 (iterate n x).
Proof.
  induction n as [|n IH]; [simpl; lra|]. change (iterate (S n) x) with (step (iterate n x)).
  rewrite beta2_step. destruct (stays n) as [Hr Ha]. pose proof (region_s _ Hr). pose proof e_pos.
  assert (0 <= e * alpha (iterate n x) * s (iterate n x)) by nonneg. lra.
Qed.

Theorem s_tends_to_0 eps :
  0 < eps -> exists N, forall n, (N <= n)%nat -> s (iterate n x) <= eps.
Proof.
  intros Heps. pose proof e_pos as He. pose proof (proj1 (beta2_bounds 0)) as H20. simpl in H20.
  destruct (move_eventually_small (e * beta2 x * eps)) as [N HN].
  { apply Rmult_lt_0_compat; [now apply Rmult_lt_0_compat|exact Heps]. }
  exists N. intros n Hn. specialize (HN n Hn). unfold move in HN.
  destruct (stays n) as [Hr Ha]. pose proof (region_s _ Hr) as Hs. pose proof (b_ge_0 (iterate n x)).
  pose proof (beta2_not_falling n).
  assert (0 <= alpha (iterate n x) * b (iterate n x)) by nonneg.
  assert (e * beta2 x * s (iterate n x) <= e * beta2 (iterate n x) * s (iterate n x)).
  { apply Rmult_le_compat_r; [lra|]. apply Rmult_le_compat_l; lra. }
  apply Rmult_le_reg_l with (e * beta2 x); [now apply Rmult_lt_0_compat|]. lra.
Qed.

(** alpha moves no further than the sum of the moves. *)
Lemma alpha_distance n k :
  Rabs (alpha (iterate (n + k) x) - alpha (iterate n x))
  <= partial_sum move (n + k) - partial_sum move n.
Proof.
  induction k as [|k IH].
  - rewrite Nat.add_0_r. rewrite Rminus_diag_eq, Rabs_R0 by reflexivity. lra.
  - rewrite Nat.add_succ_r. simpl partial_sum.
    change (iterate (S (n + k)) x) with (step (iterate (n + k) x)). rewrite alpha_step.
    set (y := iterate (n + k) x) in *.
    replace (alpha y * (1 - b y) + e * beta2 y * s y - alpha (iterate n x))
      with ((alpha y - alpha (iterate n x)) + (- (alpha y * b y) + e * beta2 y * s y)) by ring.
    eapply Rle_trans; [apply Rabs_triang|].
    assert (Rabs (- (alpha y * b y) + e * beta2 y * s y) <= move (n + k)).
    { destruct (stays (n + k)) as [Hr Ha]. fold y in Hr, Ha. pose proof (region_s _ Hr).
      pose proof (b_ge_0 y). destruct Hr as (_ & H2 & _). pose proof e_pos.
      unfold move. fold y. apply Rabs_le.
      assert (0 <= alpha y * b y) by nonneg. assert (0 <= e * beta2 y * s y) by nonneg. lra. }
    lra.
Qed.

(** The limit is a minimum, (alpha_end, 0, 1/alpha_end). *)
Theorem converges :
  exists alpha_end,
    alpha_low <= alpha_end
    /\ is_lim_seq (fun n => alpha (iterate n x)) alpha_end
    /\ is_lim_seq (fun n => beta1 (iterate n x)) 0
    /\ is_lim_seq (fun n => beta2 (iterate n x)) (/ alpha_end).
Proof.
  pose proof h_pos as Hh.
  destruct (Rcomplete.R_complete (fun n => alpha (iterate n x))) as [l Hl].
  { intros eps Heps.
    destruct (partial_sum_cauchy move _ move_nonneg moves_bounded (eps / 2)) as [N HN]; [lra|].
    assert (Hnear : forall n k, (N <= n)%nat ->
              Rabs (alpha (iterate (n + k) x) - alpha (iterate n x)) < eps).
    { intros n k Hn. pose proof (alpha_distance n k). specialize (HN n k Hn). lra. }
    exists N. intros n k Hn Hk. unfold R_dist. destruct (Nat.le_ge_cases n k) as [H|H].
    - replace k with (n + (k - n))%nat by lia. rewrite Rabs_minus_sym. now apply Hnear.
    - replace n with (k + (n - k))%nat by lia. now apply Hnear. }
  apply is_lim_seq_Reals in Hl.
  assert (Hlow : alpha_low <= l).
  { change (Rbar_le alpha_low l).
    apply (is_lim_seq_le (fun _ => alpha_low) (fun n => alpha (iterate n x)));
      [intros n; apply (stays n)|apply is_lim_seq_const|exact Hl]. }
  exists l. split; [exact Hlow|]. split; [exact Hl|]. split.
  - apply is_lim_seq_Reals. intros eps Heps.
    assert (Hsq : 0 < eps ^ 2) by now apply pow_lt.
    destruct (b_tends_to_0 (h * (eps ^ 2 / 4))) as [N HN]; [apply Rmult_lt_0_compat; lra|].
    exists N. intros n Hn. specialize (HN n Hn). unfold b in HN. unfold R_dist.
    rewrite Rminus_0_r. apply Rmult_le_reg_l in HN; [|exact Hh].
    rewrite <- pow2_abs in HN. pose proof (Rabs_pos (beta1 (iterate n x))).
    set (y := Rabs (beta1 (iterate n x))) in *.
    destruct (Rlt_le_dec y eps) as [|Hge]; [assumption|].
    assert (eps ^ 2 <= y ^ 2) by (apply pow_incr; lra). lra.
  - apply (is_lim_seq_ext (fun n => (1 - s (iterate n x)) * / alpha (iterate n x))).
    { intros n. destruct (stays n) as [Hr Ha]. unfold s, p. field. lra. }
    replace (/ l) with ((1 - 0) * / l) by ring. apply is_lim_seq_mult'.
    + apply (is_lim_seq_minus' (fun _ => 1) (fun n => s (iterate n x))); [apply is_lim_seq_const|].
      apply is_lim_seq_Reals. intros eps Heps.
      destruct (s_tends_to_0 (eps / 2)) as [N HN]; [lra|]. exists N. intros n Hn.
      specialize (HN n Hn). destruct (stays n) as [Hr _]. pose proof (region_s _ Hr).
      unfold R_dist. rewrite Rminus_0_r, Rabs_pos_eq; lra.
    + apply (is_lim_seq_inv _ l Hl). intros E. injection E. lra.
Qed.

(** ** Not above the edge *)

Hypothesis clip_pos : match clip with Some B => 0 < B | None => True end.
Hypothesis moving : forall n, beta1 (iterate n x) <> 0.

Lemma b_pos n : 0 < b (iterate n x).
Proof.
  unfold b. apply Rmult_lt_0_compat; [apply h_pos|]. specialize (moving n).
  destruct (Rlt_le_dec 0 (beta1 (iterate n x) ^ 2)) as [|Hle]; [assumption|].
  exfalso. apply moving. nra.
Qed.

(** Where a >= 2 the oscillation does not shrink, but for the clipping. *)
Lemma b_not_shrinking n :
  2 <= a (iterate n x) ->
  b (iterate n x) <= b (iterate (S n) x)
  \/ exists B, clip = Some B /\ b (iterate (S n) x) = h * B ^ 2.
Proof.
  intros Ha. change (iterate (S n) x) with (step (iterate n x)). set (y := iterate n x) in *.
  pose proof h_pos as Hh. pose proof (b_ge_0 y) as Hb.
  assert (Hg : b y <= b y * (1 - a y) ^ 2).
  { rewrite <- (Rmult_1_r (b y)) at 1. apply Rmult_le_compat_l; [exact Hb|].
    replace ((1 - a y) ^ 2) with ((a y - 1) ^ 2) by ring. apply pow_R1_Rle. lra. }
  destruct clip as [B|] eqn:E.
  - rewrite (b_step_clipped y B E) by lra. unfold Rmin. destruct Rle_dec.
    + right. exists B. split; reflexivity.
    + left. exact Hg.
  - left. rewrite (b_step_plain y E). exact Hg.
Qed.

Theorem a_eventually_below nu :
  0 < nu -> exists N, forall n, (N <= n)%nat -> a (iterate n x) <= 2 + nu.
Proof.
  intros Hnu. pose proof h_pos as Hh.
  (* alpha changes by less than [gap] from N1 on *)
  set (top := alpha x + 2 * (/ alpha_low * (/ alpha_low * / alpha_low))).
  assert (Htop : forall n, alpha (iterate n x) <= alpha x + top).
  { intros n. pose proof (alpha_distance 0 n) as Hd. simpl (0 + n)%nat in Hd.
    pose proof (moves_bounded n) as Hm. fold top in Hm. simpl partial_sum in Hd at 2.
    pose proof (Rle_abs (alpha (iterate n x) - alpha (iterate 0 x))) as Hl.
    simpl (iterate 0 x) in *. lra. }
  assert (Hax : 0 < alpha x) by (pose proof (proj2 (stays 0)); simpl in *; lra).
  assert (Htop0 : 0 < top).
  { pose proof (Rinv_0_lt_compat _ low_pos) as Hi. unfold top.
    assert (0 <= / alpha_low * (/ alpha_low * / alpha_low)) by nonneg. lra. }
  set (gap := nu / (2 * h * (alpha x + top))).
  assert (Hgap : 0 < gap).
  { unfold gap. apply Rdiv_lt_0_compat; [exact Hnu|]. apply Rmult_lt_0_compat; lra. }
  destruct (partial_sum_cauchy move _ move_nonneg moves_bounded gap Hgap) as [N1 HN1].
  exists N1. intros n Hn.
  destruct (Rle_lt_dec (a (iterate n x)) (2 + nu)) as [|Hgt]; [assumption|]. exfalso.
  (* then a stays above 2 from n on *)
  assert (Habove : forall k, 2 <= a (iterate (n + k) x)).
  { intros k. pose proof (alpha_distance n k) as Hd. specialize (HN1 n k Hn).
    assert (Hd' : alpha (iterate n x) - alpha (iterate (n + k) x) <= gap).
    { pose proof (Rle_abs (- (alpha (iterate (n + k) x) - alpha (iterate n x)))) as Hl.
      rewrite Rabs_Ropp in Hl. lra. }
    pose proof (Htop n) as T1. pose proof (Htop (n + k)%nat) as T2.
    pose proof (proj2 (stays n)) as P1. pose proof (proj2 (stays (n + k)%nat)) as P2.
    assert (Hdiff : h * (alpha (iterate n x) ^ 2 - alpha (iterate (n + k) x) ^ 2) <= nu).
    { set (u := alpha (iterate n x)) in *. set (v := alpha (iterate (n + k) x)) in *.
      replace (h * (u ^ 2 - v ^ 2)) with ((u - v) * (h * (u + v))) by ring.
      apply Rle_trans with (gap * (h * (u + v))).
      - apply Rmult_le_compat_r; [nonneg|exact Hd'].
      - apply Rle_trans with (gap * (h * (2 * (alpha x + top)))).
        + apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat_l; lra.
        + apply Req_le. unfold gap. field. lra. }
    unfold a in *. lra. }
  (* and so b stays away from 0 *)
  set (least := match clip with Some B => Rmin (b (iterate n x)) (h * B ^ 2)
                           | None => b (iterate n x) end).
  assert (Hleast : 0 < least).
  { unfold least. pose proof (b_pos n). destruct clip as [B|]; [|assumption].
    apply Rmin_pos; [assumption|]. apply Rmult_lt_0_compat; [exact Hh|]. now apply pow_lt. }
  assert (Hb : forall k, least <= b (iterate (n + k) x)).
  { induction k as [|k IH].
    - rewrite Nat.add_0_r. unfold least. destruct clip; [apply Rmin_l|lra].
    - rewrite Nat.add_succ_r. destruct (b_not_shrinking (n + k) (Habove k)) as [H|[B [EB H]]].
      + lra.
      + rewrite H. unfold least. rewrite EB. apply Rmin_r. }
  destruct (b_tends_to_0 (least / 2)) as [N2 HN2]; [lra|].
  specialize (HN2 (n + N2)%nat ltac:(lia)). specialize (Hb N2). lra.
Qed.

(** Theorem 4.1: for all delta and epsilon there is T. *)
Theorem eventually_below_every_bound delta epsilon :
  (forall n, small_step (iterate n x)) -> e <= 1 / 2 -> 0 < delta -> 0 < epsilon ->
  exists T, forall t, (T <= t)%nat ->
    sharpness_le (iterate t x) ((2 + delta) / eta) /\ loss (iterate t x) <= epsilon.
Proof.
  intros HE He Hd Heps. pose proof h_pos as Hh. pose proof eta_pos as Heta.
  pose proof lambda2_pos as Hl2.
  set (b0 := Rmin (Rmin (1 / 4) (delta / (64 + 32 * delta))) (epsilon * eta * h / (2 + delta))).
  assert (Hb0 : 0 < b0 /\ b0 <= 1 / 4 /\ b0 <= delta / (64 + 32 * delta)
                /\ b0 <= epsilon * eta * h / (2 + delta)).
  { assert (0 < delta / (64 + 32 * delta)) by (apply Rdiv_lt_0_compat; lra).
    assert (0 < epsilon * eta * h / (2 + delta)).
    { apply Rdiv_lt_0_compat; [|lra]. repeat (lra || apply Rmult_lt_0_compat). }
    unfold b0. repeat split.
    - repeat apply Rmin_pos; lra.
    - eapply Rle_trans; apply Rmin_l.
    - eapply Rle_trans; [apply Rmin_l|apply Rmin_r].
    - apply Rmin_r. }
  set (s0 := Rmin 1 (epsilon / lambda2)).
  assert (Hs0 : 0 < s0 /\ lambda2 / 2 * s0 ^ 2 <= epsilon / 2).
  { assert (0 < epsilon / lambda2) by (apply Rdiv_lt_0_compat; lra).
    assert (Hp : 0 < s0) by (unfold s0; apply Rmin_pos; lra).
    split; [exact Hp|].
    assert (s0 <= 1) by apply Rmin_l. assert (s0 <= epsilon / lambda2) by apply Rmin_r.
    assert (lambda2 * s0 <= epsilon).
    { replace epsilon with (lambda2 * (epsilon / lambda2)) at 1 by (field; lra).
      apply Rmult_le_compat_l; lra. }
    assert (lambda2 * s0 * s0 <= epsilon * 1) by (apply Rmult_le_compat; try lra; nonneg).
    lra. }
  destruct (b_tends_to_0 b0 (proj1 Hb0)) as [N1 HN1].
  destruct (s_tends_to_0 s0 (proj1 Hs0)) as [N2 HN2].
  destruct (a_eventually_below (delta / 2)) as [N3 HN3]; [lra|].
  exists (N1 + N2 + N3)%nat. intros t Ht.
  specialize (HN1 t ltac:(lia)). specialize (HN2 t ltac:(lia)). specialize (HN3 t ltac:(lia)).
  destruct (stays t) as [Hr _]. pose proof (b_ge_0 (iterate t x)) as Hbt.
  assert (Ha0 : 0 <= a (iterate t x)) by (apply a_nonneg; lra).
  split.
  - pose proof (remainder_le _ Hr (HE t) He) as Hrem. apply sharpness_le_block; [lra|lra|].
    apply Rle_trans with (4 * (2 + delta / 2) * (delta / (64 + 32 * delta))).
    + apply Rmult_le_compat; lra.
    + apply Rle_trans with (delta / 2 * (1 / 4)); [|apply Rmult_le_compat; lra].
      apply Rmult_le_reg_r with (64 + 32 * delta); [lra|].
      replace (4 * (2 + delta / 2) * (delta / (64 + 32 * delta)) * (64 + 32 * delta))
        with (4 * (2 + delta / 2) * delta) by (field; lra).
      pose proof (pow2_ge_0 delta). lra.
  - apply Rle_trans with ((2 + delta / 2) * b0 / (2 * eta * h) + lambda2 / 2 * s0 ^ 2).
    + apply loss_le; assumption || lra.
    + assert ((2 + delta / 2) * b0 / (2 * eta * h) <= epsilon / 2); [|lra].
      assert (Hp : 0 < 2 * eta * h) by (apply Rmult_lt_0_compat; lra).
      apply Rmult_le_reg_r with (2 * eta * h); [exact Hp|].
      replace ((2 + delta / 2) * b0 / (2 * eta * h) * (2 * eta * h)) with ((2 + delta / 2) * b0)
        by (field; lra).
      apply Rle_trans with ((2 + delta) * (epsilon * eta * h / (2 + delta))).
      * apply Rmult_le_compat; lra.
      * apply Req_le. field. lra.
Qed.

End Convergence.

(** ** The limits in the traps *)

Section Limits.

Context {m : model} {pos : positive_model}.

Definition tends_to_minimum x :=
  exists alpha_end,
    0 < alpha_end
    /\ is_lim_seq (fun n => alpha (iterate n x)) alpha_end
    /\ is_lim_seq (fun n => beta1 (iterate n x)) 0
    /\ is_lim_seq (fun n => beta2 (iterate n x)) (/ alpha_end).

Lemma tends_to_minimum_of_bound x alpha_low :
  0 < alpha_low -> (forall n, region (iterate n x) /\ alpha_low <= alpha (iterate n x)) ->
  tends_to_minimum x.
Proof.
  intros Hl H. destruct (converges x alpha_low Hl H) as (u & Hu & Hlim). exists u.
  split; [lra|exact Hlim].
Qed.

Theorem final_trap_limit x alpha_low a_high kappa s_high q_high :
  clip_ok -> final_trap x alpha_low a_high kappa s_high q_high -> tends_to_minimum x.
Proof.
  intros ok trap. apply tends_to_minimum_of_bound with alpha_low.
  - apply (trap_alpha_low _ _ _ _ _ _ trap).
  - intros n. destruct (final_trap_bounds x _ _ _ _ _ ok trap n) as (Hr & _ & Ha & _).
    pose proof (trap_alpha _ _ _ _ _ _ trap). split; [exact Hr|lra].
Qed.

Theorem delta_trap_limit x alpha_low a_high b_high edge_low drive_high q_high :
  clip_ok -> delta_trap x alpha_low a_high b_high edge_low drive_high q_high -> tends_to_minimum x.
Proof.
  intros ok trap. apply tends_to_minimum_of_bound with alpha_low.
  - apply (delta_alpha_low _ _ _ _ _ _ _ trap).
  - intros n. destruct (held_all _ _ _ _ _ _ _ ok trap n). now split.
Qed.

End Limits.

(** ** The sharpness in the delta-trap *)

Section OscillationGoesOn.

Context {m : model} {pos : positive_model}.

Lemma clipped_nonzero y :
  match clip with Some B => 0 < B | None => True end -> y <> 0 -> clipped y <> 0.
Proof.
  unfold clipped. destruct clip as [B|]; intros HB Hy; [|exact Hy].
  unfold clip_to, Rmax, Rmin. repeat destruct Rle_dec; lra.
Qed.

(** beta1 never becomes 0 if a is never 1. *)
Lemma beta1_nonzero x :
  match clip with Some B => 0 < B | None => True end ->
  beta1 x <> 0 -> (forall n, a (iterate n x) <> 1) -> forall n, beta1 (iterate n x) <> 0.
Proof.
  intros HB Hx Ha n. induction n as [|n IH]; [exact Hx|].
  change (iterate (S n) x) with (step (iterate n x)). rewrite beta1_step.
  apply clipped_nonzero; [exact HB|]. apply Rmult_integral_contrapositive_currified; [exact IH|].
  specialize (Ha n). lra.
Qed.

(** The limit in Theorem 13 ... *)
Theorem delta_trap_converges x alpha_low a_high b_high edge_low drive_high q_high delta epsilon :
  match clip with Some B => 0 < B | None => True end ->
  delta_trap x alpha_low a_high b_high edge_low drive_high q_high ->
  beta1 x <> 0 -> (forall n, a (iterate n x) <> 1) -> 0 < delta -> 0 < epsilon ->
  exists T, forall t, (T <= t)%nat ->
    sharpness_le (iterate t x) ((2 + delta) / eta) /\ loss (iterate t x) <= epsilon.
Proof.
  intros HB trap Hx Ha1.
  assert (ok : clip_ok) by (unfold clip_ok; destruct clip; [lra|exact I]).
  pose proof (held_all x alpha_low a_high b_high edge_low drive_high q_high ok trap) as H.
  pose proof (delta_trap_bounds x alpha_low a_high b_high edge_low drive_high q_high ok trap) as Hb.
  apply eventually_below_every_bound with (alpha_low := alpha_low).
  - apply (delta_alpha_low _ _ _ _ _ _ _ trap).
  - intros n. destruct (H n). now split.
  - exact HB.
  - now apply beta1_nonzero.
  - intros n. exact (held_small_step _ _ _ _ _ _ _ trap n (H n)).
  - apply e_le_half with alpha_low a_high.
    + apply (delta_alpha_low _ _ _ _ _ _ _ trap).
    + destruct (Hb 0%nat) as (_ & Ha & _). lra.
    + apply (delta_step _ _ _ _ _ _ _ trap).
Qed.

(** ... and with A_- > 1, where a is never 1. *)
Corollary delta_trap_eventually x alpha_low a_high b_high edge_low drive_high q_high delta epsilon :
  match clip with Some B => 0 < B | None => True end ->
  delta_trap x alpha_low a_high b_high edge_low drive_high q_high ->
  1 < h * alpha_low ^ 2 -> beta1 x <> 0 -> 0 < delta -> 0 < epsilon ->
  exists T, forall t, (T <= t)%nat ->
    sharpness_le (iterate t x) ((2 + delta) / eta) /\ loss (iterate t x) <= epsilon.
Proof.
  intros HB trap Hlow Hx. apply delta_trap_converges with (1 := HB) (2 := trap) (3 := Hx).
  assert (ok : clip_ok) by (unfold clip_ok; destruct clip; [lra|exact I]).
  intros n. destruct (delta_trap_bounds _ _ _ _ _ _ _ ok trap n) as (_ & [Ha _] & _). lra.
Qed.

End OscillationGoesOn.

(** ** Theorem 8: clipped gradient descent from a start in the region

    Not from every start: alpha, beta2 > 0, alpha*beta2 <= 1, |beta1| <= B with h*B^2 <= 1/5, [start_a] and
    [small_e]. [clipped_bounds] needs no more; [clipped_converges] needs, too, that beta1 is not 0 at the start
    and that a is never 1 (NeverOne.v: as where all is rational and 1/h is no rational square). *)

Section Clipped.

Context {m : model} {pos : positive_model}.

Variables (x : state) (B : R).

(** a_-, and the largest alpha^2 that the edge potential allows. *)
Let low := 1 / 2 * Rmin 1 (a x).
Let alpha_sq_high := edge_root (Rmax (potential x) 0).

Hypothesis clipped_to_B : clip = Some B.
Hypothesis B_pos : 0 < B.
Hypothesis B_small : h * B ^ 2 <= 1 / 5.
Hypothesis start_region : region x.
Hypothesis start_within : Rabs (beta1 x) <= B.
Hypothesis start_a : 1 <= a x \/ b x <= a x * (4 - a x) / 16.
Hypothesis small_e : e * (alpha_sq_high + h / low) + e ^ 2 / 4 <= 1.

Lemma clipped_ok : clip_ok.
Proof. unfold clip_ok. rewrite clipped_to_B. lra. Qed.

Lemma a_start_pos : 0 < a x.
Proof. unfold a. apply Rmult_lt_0_compat; [apply h_pos|]. apply pow_lt, start_region. Qed.

Lemma low_bounds : 0 < low /\ low <= a x / 2.
Proof.
  pose proof a_start_pos. unfold low. pose proof (Rmin_r 1 (a x)).
  assert (0 < Rmin 1 (a x)) by (apply Rmin_pos; lra). lra.
Qed.

Lemma alpha_sq_le_high n :
  region (iterate n x) -> potential (iterate n x) <= Rmax (potential x) 0 ->
  alpha (iterate n x) ^ 2 <= alpha_sq_high.
Proof.
  intros Hr Hq. unfold alpha_sq_high. apply edge_root_spec; [apply pow_lt, Hr|].
  apply Rle_trans with (2 := Hq). now apply alpha_potential.
Qed.

Lemma clipped_small_step n :
  region (iterate n x) -> low <= a (iterate n x) ->
  potential (iterate n x) <= Rmax (potential x) 0 -> small_step (iterate n x).
Proof.
  intros Hr Ha Hq. pose proof (alpha_sq_le_high n Hr Hq) as Hal. pose proof e_pos as He.
  pose proof h_pos as Hh. pose proof low_bounds as Hl. set (y := iterate n x) in *.
  pose proof (region_p y Hr) as Hp. destruct Hr as (Hy & H2 & _).
  assert (Hy2 : 0 < alpha y ^ 2) by now apply pow_lt.
  assert (Hb2 : beta2 y ^ 2 <= h / low).
  { apply Rmult_le_reg_l with low; [apply Hl|].
    replace (low * (h / low)) with h by (field; lra).
    apply Rle_trans with (a y * beta2 y ^ 2); [apply Rmult_le_compat_r; [apply pow2_ge_0|exact Ha]|].
    unfold a. replace (h * alpha y ^ 2 * beta2 y ^ 2) with (h * p y ^ 2) by (unfold p; ring).
    rewrite <- (Rmult_1_r h) at 2. apply Rmult_le_compat_l; [lra|]. nra. }
  unfold small_step. assert (e * (alpha y ^ 2 + beta2 y ^ 2) <= e * (alpha_sq_high + h / low))
    by (apply Rmult_le_compat_l; lra).
  lra.
Qed.

Lemma e_small : e <= 1 / 2.
Proof.
  pose proof e_pos as He. pose proof h_pos as Hh. pose proof low_bounds as Hl.
  assert (Hu : alpha x ^ 2 <= alpha_sq_high)
    by (apply (alpha_sq_le_high 0); [exact start_region|apply Rmax_l]).
  assert (Hx2 : 0 < alpha x ^ 2) by (apply pow_lt, start_region).
  set (u := alpha_sq_high) in *.
  assert (Hi : / u <= h / low).
  { apply Rmult_le_reg_l with u; [lra|]. rewrite Rinv_r by lra.
    apply Rmult_le_reg_r with low; [apply Hl|].
    replace (u * (h / low) * low) with (h * u) by (field; lra).
    assert (h * alpha x ^ 2 <= h * u) by (apply Rmult_le_compat_l; lra). unfold a in Hl. lra. }
  assert (H2 : 2 <= u + / u).
  { apply Rmult_le_reg_l with u; [lra|]. rewrite Rmult_plus_distr_l, Rinv_r by lra.
    pose proof (pow2_ge_0 (u - 1)). lra. }
  assert (e * 2 <= e * (u + h / low)) by (apply Rmult_le_compat_l; lra).
  pose proof (pow2_ge_0 e). lra.
Qed.

Lemma clipped_b n : b (iterate n x) <= 1 / 5.
Proof.
  apply Rle_trans with (2 := B_small). unfold b.
  apply Rmult_le_compat_l; [pose proof h_pos; lra|].
  rewrite <- pow2_abs. apply pow_incr. split; [apply Rabs_pos|].
  destruct n as [|n]; [exact start_within|].
  pose proof (within_clip_step (iterate n x) clipped_ok) as H. unfold within_clip in H.
  rewrite clipped_to_B in H. exact H.
Qed.

Theorem clipped_bounds n :
  region (iterate n x) /\ low <= a (iterate n x) <= h * alpha_sq_high.
Proof.
  assert (H : region (iterate n x) /\ low <= a (iterate n x)
              /\ potential (iterate n x) <= Rmax (potential x) 0).
  { apply (well_founded_induction lt_wf
             (fun n => region (iterate n x) /\ low <= a (iterate n x)
                       /\ potential (iterate n x) <= Rmax (potential x) 0)).
    clear n. intros [|n] IH.
    - split; [exact start_region|]. pose proof low_bounds. pose proof a_start_pos.
      change (iterate 0 x) with x. split; [lra|apply Rmax_l].
    - assert (Hj : forall j, (j < S n)%nat ->
                region (iterate j x) /\ small_step (iterate j x) /\ b (iterate j x) <= 1 / 5).
      { intros j Hlt. destruct (IH j Hlt) as (Hr & Ha & Hq).
        split; [exact Hr|]. split; [now apply clipped_small_step|apply clipped_b]. }
      destruct (Hj n ltac:(lia)) as (Hr & HE & Hb).
      split; [|split].
      + apply (region_step (iterate n x)); [exact Hr|lra|exact HE].
      + apply a_lower_bound; [apply clipped_ok|exact start_region| |exact start_a].
        intros j Hlt. split; apply (Hj j Hlt).
      + apply potential_le_max; [pose proof e_small; lra|].
        intros j Hlt. destruct (Hj j Hlt) as (Hrj & _ & Hbj). split; [exact Hrj|lra]. }
  destruct H as (Hr & Ha & Hq). split; [exact Hr|]. split; [exact Ha|].
  unfold a. apply Rmult_le_compat_l; [pose proof h_pos; lra|]. now apply alpha_sq_le_high.
Qed.

Theorem clipped_converges delta epsilon :
  beta1 x <> 0 -> (forall n, a (iterate n x) <> 1) -> 0 < delta -> 0 < epsilon ->
  exists T, forall t, (T <= t)%nat ->
    sharpness_le (iterate t x) ((2 + delta) / eta) /\ loss (iterate t x) <= epsilon.
Proof.
  intros Hx Ha1 Hd He. pose proof h_pos as Hh. pose proof low_bounds as Hl.
  assert (Hlh : 0 < low / h) by (apply Rdiv_lt_0_compat; lra).
  assert (HB : match clip with Some B => 0 < B | None => True end)
    by (rewrite clipped_to_B; exact B_pos).
  apply eventually_below_every_bound with (alpha_low := sqrt (low / h)); auto.
  - now apply sqrt_lt_R0.
  - intros n. destruct (clipped_bounds n) as [Hr [Ha _]]. split; [exact Hr|].
    apply Rsqr_incr_0_var; [|apply Rlt_le, Hr]. rewrite Rsqr_sqrt by lra. unfold Rsqr.
    apply Rmult_le_reg_l with h; [exact Hh|].
    replace (h * (low / h)) with low by (field; lra). unfold a in Ha. lra.
  - now apply beta1_nonzero.
  - intros n. destruct (clipped_bounds n) as [Hr [Ha _]]. apply clipped_small_step; auto.
    apply potential_le_max; [pose proof e_small; lra|].
    intros j Hlt. destruct (clipped_bounds j) as [Hrj _]. split; [exact Hrj|].
    pose proof (clipped_b j). lra.
  - exact e_small.
Qed.

End Clipped.
